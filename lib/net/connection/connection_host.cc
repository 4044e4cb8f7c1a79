// What connections of a loop share: its buffer, spare requests, and what the log hears of them.
#include "net/connection/connection_host.h"

#include <algorithm>
#include <new>

#include "base/guard.h"
#include "base/text.h"

namespace wserve::net {

using base::Severity;

namespace {

constexpr std::size_t kMaxSpareIncoming = 64;
// Workers are woken at the end of a turn, or when so many requests wait for it.
constexpr unsigned kMaxKeptBack = 16;

// What a thread holds of answers leaves after so long, if not before.
constexpr base::Millis kFlushPeriod{2};

// One read of a long body asks for so many times recv_bytes, but for no more than a mebibyte.
constexpr std::size_t kBodyReads = 16;
constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

std::size_t largest_read(std::size_t usual) noexcept {
  return std::max(usual, std::min(usual * kBodyReads, kMaxBodyBytes));
}

}  // namespace

ConnectionHost::ConnectionHost(ConnectionOwner& owner, const LoopSettings& settings,
                               const base::Clock& clock, app::Dispatcher& dispatcher,
                               std::shared_ptr<const app::Service> service, LoopStats& stats)
    : owner_(owner),
      settings_(settings),
      clock_(clock),
      dispatcher_(dispatcher),
      service_(std::move(service)),
      stats_(stats),
      waker_(LoopWaker::make()),
      loop_clock_(clock),
      exchanges_(app::ExchangePool::make(service_)),
      buffer_(base::make_byte_block(largest_read(settings.recv_bytes))) {}

base::Status ConnectionHost::open() {
  loop_clock_.start();
  const base::Status opened = waker_->open();
  return opened.is_ok() ? make_event_base(waker_->fd(), base_) : opened;
}

const http::HttpDate::Text& ConnectionHost::date() noexcept {
  return date_.at(clock_.wall_time());
}

std::span<char> ConnectionHost::buffer(std::uint64_t body_bytes) noexcept {
  const std::size_t usual = settings_.recv_bytes;
  const std::size_t max = largest_read(usual) - usual;
  return {buffer_.get(),
          usual + static_cast<std::size_t>(std::min<std::uint64_t>(body_bytes, max))};
}

void ConnectionHost::submit(base::Ref<app::Exchange> exchange) noexcept {
  exchange->set_submitted(loop_clock_.steady_now());
  stats_.count_request();
  dispatcher_.submit(std::move(exchange));
  if (++submitted_ == kMaxKeptBack) {
    hand_over();
  }
}

void ConnectionHost::hand_over() noexcept {
  if (submitted_ > 0) {
    submitted_ = 0;
    dispatcher_.hand_over();
  }
}

void ConnectionHost::flush_soon(const base::Ref<Outbox>& outbox) {
  if (!flush_) {
    flush_.reset(event_new(events(), -1, 0, on_flush, this));
  }
  if (!flush_ || !start_flush()) {
    throw std::bad_alloc();
  }
  const bool is_there = std::any_of(holding_.begin(), holding_.end(),
                                    [&](const auto& one) { return one.get() == outbox.get(); });
  if (!is_there) {
    holding_.push_back(outbox);
  }
}

void ConnectionHost::on_flush(int /*timer*/, short /*what*/, void* host) noexcept {
  auto& self = *static_cast<ConnectionHost*>(host);
  for (std::size_t i = 0; i < self.holding_.size(); ++i) {
    const base::Ref<Outbox> outbox = self.holding_[i];  // others may come
    if (outbox->has_pipelined()) {
      outbox->run_on_loop();
    }
  }
  std::erase_if(self.holding_,
                [](const base::Ref<Outbox>& outbox) { return !outbox->has_pipelined(); });
  if (!self.holding_.empty()) {
    static_cast<void>(self.start_flush());
  }
}

// One that runs goes on: it is not put off.
bool ConnectionHost::start_flush() noexcept {
  return event_pending(flush_.get(), EV_TIMEOUT, nullptr) != 0 ||
         event_add(flush_.get(), EventTime(kFlushPeriod).get()) == 0;
}

std::unique_ptr<IncomingRequest> ConnectionHost::lend_incoming() {
  std::unique_ptr<IncomingRequest> incoming;
  if (spare_incoming_.empty()) {
    incoming = std::make_unique<IncomingRequest>();
    incoming->parser.restart(service_->limits);
  } else {
    incoming = std::move(spare_incoming_.back());
    spare_incoming_.pop_back();
  }
  if (!incoming->exchange) {
    incoming->exchange = exchanges_->acquire();
  }
  return incoming;
}

void ConnectionHost::give_back(std::unique_ptr<IncomingRequest> incoming) noexcept {
  // A request that was begun and never finished: nobody has seen it.
  incoming->exchange.reset();
  incoming->stream.reset();
  incoming->seen.reset();
  if (!incoming->input.empty()) {
    incoming->input = std::string();
  }
  incoming->parser.restart(service_->limits);  // for the next; which gives large memory back
  incoming->is_discarding = false;
  if (spare_incoming_.size() < kMaxSpareIncoming) {
    try {
      spare_incoming_.push_back(std::move(incoming));
    } catch (...) {
      incoming.reset();
    }
  }
}

void ConnectionHost::on_refusal(const http::Refusal& refusal, app::Cause cause,
                                const gateway::Endpoint& endpoint) {
  service_->counts.count_refusal(refusal.status, cause);
  base::Log& log = service_->client_logs.refusals;
  const bool is_ours = !refusal.fault.empty();
  const Severity severity = is_ours ? Severity::kError : Severity::kInfo;
  if (log.wants(severity)) {
    log.write(severity, base::concat("refused a request from ", gateway::peer_text(endpoint), ": ",
                                     refusal.status, ' ', refusal.detail, is_ours ? ": " : "",
                                     refusal.fault));
  }
}

void ConnectionHost::log_socket_error(const char* call, int error) noexcept {
  if (!settings_.log_socket_errors) {
    return;
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    service_->client_logs.sockets.write(
        Severity::kInfo, base::concat("Socket error: ", call, ": ", base::system_reason(error)));
    return {};
  }));
}

// Long after the application has ended its answer, so that nobody else can say it.
void ConnectionHost::log_file_fault(const SendQueue::FileFault& fault) noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    const std::string answer =
        fault.answered_path.empty() ? "an answer" : "the answer to " + fault.answered_path;
    const std::string reason =
        fault.error == 0 ? base::concat("has become shorter: it ends at byte ", fault.offset,
                                        ", and ", fault.left, " more were promised")
                         : base::concat("cannot be read at byte ", fault.offset, ": ",
                                        base::system_reason(fault.error));
    service_->client_logs.failures.write(
        fault.error == 0 ? Severity::kWarning : Severity::kError,
        base::concat("A file error has cut ", answer, ": the file ", reason));
    return {};
  }));
}

}  // namespace wserve::net
