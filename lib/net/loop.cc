// Turning the loop, and what connections have from it.
#include "net/loop.h"

#include <fcntl.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

#include "base/guard.h"
#include "net/event_log.h"
#include "net/find_epoll.h"

namespace wserve::net {

using base::Millis;
using base::Severity;

namespace {

constexpr std::size_t kMaxSpareIncoming = 64;
// Workers are woken at the end of a turn, or when so many requests wait for it.
constexpr unsigned kMaxKeptBack = 16;

// One read of a long body asks for so many times recv_bytes, but for no more than a mebibyte.
constexpr std::size_t kBodyReads = 16;
constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

std::size_t largest_read(std::size_t usual) noexcept {
  return std::max(usual, std::min(usual * kBodyReads, kMaxBodyBytes));
}

timeval to_timeval(Millis time) noexcept {
  return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

Ticker::Seen watcher(const LoopSettings& settings) noexcept {
  return settings.is_turned_by_host ? Ticker::Seen::kByHost : Ticker::Seen::kByLoop;
}

}  // namespace

Loop::Loop(const LoopTools& tools, LoopStats& stats)
    : tools_(tools),
      stats_(stats),
      waker_(LoopWaker::make()),
      clock_(tools.clock),
      exchanges_(app::ExchangePool::make(tools.service)),
      gate_(tools.service->proxy, tools.settings.proxy_header_bytes, tools.connection_counts,
            tools.service->client_logs.proxy_protocol, tools.service->counts,
            [this](base::UniqueFd socket, const gateway::Endpoint& client) {
              take(std::move(socket), client);
            }),
      acceptor_(tools.settings, tools.connection_counts, tools.clock, tools.service->client_logs,
                [this](base::UniqueFd socket, const gateway::Endpoint& peer,
                       const Listener& listener) { accept(std::move(socket), peer, listener); }),
      monitor_(tools.monitor.pages, clock_,
               [this]() -> const http::HttpDate::Text& { return date(); }),
      buffer_(std::make_unique_for_overwrite<char[]>(largest_read(tools.settings.recv_bytes))) {
  set_limits();
}

Loop::~Loop() {
  waker_->close();
  take_arrivals();
  cut_all();
  free_retired();
}

base::Status Loop::open() {
  const EventLog log(tools_.service->client_logs.failures);
  clock_.start();
  last_tick_ = last_cleanup_ = now();
  if (base::Status opened = waker_->open(); !opened.is_ok()) {
    return opened;
  }
  if (base::Status made = make_event_base(waker_->fd(), base_); !made.is_ok()) {
    return made;
  }
  notified_.reset(event_new(base_.get(), waker_->fd(), EV_READ | EV_PERSIST, on_notified, this));
  turn_limit_.reset(event_new(base_.get(), -1, 0, on_turn_limit, this));
  if (!notified_ || !turn_limit_ || event_add(notified_.get(), nullptr) != 0) {
    return base::Code::kNoMemory;
  }
  if (base::Status opened = tick_.open(base_.get(), watcher(settings()), on_tick, this);
      !opened.is_ok()) {
    return opened;
  }
  if (tools_.monitor.listeners != nullptr) {
    if (base::Status opened = monitor_.open(base_.get(), tools_.monitor.listeners->all());
        !opened.is_ok()) {
      return opened;
    }
  }
  if (base::Status watched = begin_beating(); !watched.is_ok()) {
    return watched;
  }
  tools_.listeners.enter();
  return acceptor_.open(base_.get(), waker_->fd(), tools_.listeners.all());
}

bool Loop::turn(Millis limit) noexcept {
  const EventLog log(tools_.service->client_logs.failures);
  waker_->enter();
  // It may have been asked before the waker could be heard.
  look_at_stop_request();
  if (is_over()) {
    return false;
  }
  clock_.begin_turn();
  if (limit == Millis(0) || !later_.empty()) {
    event_base_loop(base_.get(), EVLOOP_ONCE | EVLOOP_NONBLOCK);
  } else if (limit < Millis(0)) {
    event_base_loop(base_.get(), EVLOOP_ONCE);
  } else {
    const timeval wait = to_timeval(limit);
    event_add(turn_limit_.get(), &wait);
    event_base_loop(base_.get(), EVLOOP_ONCE);
    event_del(turn_limit_.get());
  }
  clock_.look_once();
  run_later();
  if (now() - last_tick_ >= kTick) {
    tick();
  }
  hand_over();
  look_at_stop_request();
  free_retired();
  adjust_tick();
  if (settings().is_turned_by_host && !later_.empty()) {
    waker_->notify();  // the host does not see them, but that
  }
  return !is_over();
}

base::Status Loop::open_descriptor(base::UniqueFd& descriptor) const {
  const int epoll = find_epoll(waker_->fd());
  if (epoll < 0) {
    return {base::Code::kSystem, "the event loop has no descriptor (is /proc mounted?)"};
  }
  descriptor.reset(::fcntl(epoll, F_DUPFD_CLOEXEC, 0));
  return descriptor.is_open() ? base::Status() : base::system_failure("event loop", errno);
}

// A loop with nothing to watch over sleeps without a timer.
void Loop::adjust_tick() noexcept {
  const bool must_tick = !connections_.empty() || !gate_.is_empty() ||
                         !rejected_clients_.is_empty() || acceptor_.is_paused() ||
                         !monitor_.is_empty() || service().client_logs.have_left_out() ||
                         is_burst_over();
  if (must_tick == is_ticking_) {
    return;
  }
  if (must_tick) {
    is_ticking_ = tick_.start(kTickPeriod);
    expect_tick(clock_.steady_now() + kTickPeriod);
  } else {
    is_ticking_ = !tick_.stop();
    publish_states();
    expect_tick(Millis::max());
  }
}

const http::HttpDate::Text& Loop::date() noexcept {
  return date_.at(tools_.clock.wall_time());
}

std::span<char> Loop::buffer(std::uint64_t body_bytes) noexcept {
  const std::size_t usual = tools_.settings.recv_bytes;
  const std::size_t max = largest_read(usual) - usual;
  return {buffer_.get(),
          usual + static_cast<std::size_t>(std::min<std::uint64_t>(body_bytes, max))};
}

void Loop::submit(base::Ref<app::Exchange> exchange) noexcept {
  exchange->set_submitted(clock_.steady_now());
  stats_.count_request();
  tools_.dispatcher.submit(std::move(exchange));
  if (++submitted_ == kMaxKeptBack) {
    hand_over();
  }
}

void Loop::hand_over() noexcept {
  if (submitted_ > 0) {
    submitted_ = 0;
    tools_.dispatcher.hand_over();
  }
}

std::unique_ptr<IncomingRequest> Loop::lend_incoming() {
  std::unique_ptr<IncomingRequest> incoming;
  if (spare_incoming_.empty()) {
    incoming = std::make_unique<IncomingRequest>();
    incoming->parser.restart(tools_.service->limits);
  } else {
    incoming = std::move(spare_incoming_.back());
    spare_incoming_.pop_back();
  }
  if (!incoming->exchange) {
    incoming->exchange = exchanges_->acquire();
  }
  return incoming;
}

void Loop::give_back(std::unique_ptr<IncomingRequest> incoming) noexcept {
  // A request that was begun and never finished: nobody has seen it.
  incoming->exchange.reset();
  incoming->stream.reset();
  incoming->seen.reset();
  if (!incoming->input.empty()) {
    incoming->input = std::string();
  }
  incoming->parser.restart(tools_.service->limits);  // for the next; which gives large memory back
  incoming->is_discarding = false;
  if (spare_incoming_.size() < kMaxSpareIncoming) {
    try {
      spare_incoming_.push_back(std::move(incoming));
    } catch (...) {
      incoming.reset();
    }
  }
}

void Loop::advance(Connection& connection) noexcept {
  clock_.refresh();
  const base::Status done = base::guarded([&]() -> base::Status {
    connection.advance();
    return {};
  });
  if (!done.is_ok()) {
    tools_.service->client_logs.failures.write(Severity::kError,
                                               done.code() == base::Code::kNoMemory
                                                   ? "out of memory: a connection was dropped"
                                                   : "internal error: a connection was dropped");
    connection.reset();
  }
}

void Loop::advance_later(Connection& connection) {
  later_.push_back(&connection);
}

void Loop::run_later() noexcept {
  if (later_.empty()) {
    return;
  }
  std::vector<Connection*> now;
  now.swap(later_);
  for (Connection* connection : now) {
    if (!connection->is_closed()) {
      advance(*connection);
    }
  }
}

void Loop::retire(Connection& connection) noexcept {
  retired_.splice(retired_.end(), connections_, connection.place);
  tools_.connection_counts.connections.fetch_sub(1, std::memory_order_relaxed);
}

void Loop::free_retired() noexcept {
  if (retired_.empty()) {
    return;
  }
  std::erase_if(later_, [](const Connection* c) { return c->is_closed(); });
  retired_.clear();
  acceptor_.on_closed(clock_.steady_now());
}

void Loop::accept(base::UniqueFd socket, const gateway::Endpoint& peer, const Listener& listener) {
  service().counts.count_accepted();
  if (!listener.speaks_proxy) {
    take(std::move(socket), peer);
    return;
  }
  clock_.refresh();
  static_cast<void>(gate_.admit(base_.get(), std::move(socket), peer, now()));
}

void Loop::take(base::UniqueFd socket, const gateway::Endpoint& endpoint) {
  clock_.refresh();
  AddressSlot address_slot;
  if (!tools_.connection_counts.addresses.enter(endpoint, slot)) {
    reject(std::move(socket), endpoint);
    return;
  }
  Connection& connection = connections_.emplace_back(*this, std::move(socket), endpoint);
  connection.place = std::prev(connections_.end());
  connection.address_slot = std::move(slot);
  tools_.connection_counts.connections.fetch_add(1, std::memory_order_relaxed);
  if (const base::Status watched = connection.watch(); !watched.is_ok()) {
    connection.close();
  }
}

void Loop::on_notified(int /*fd*/, short /*what*/, void* loop) noexcept {
  static_cast<Loop*>(loop)->serve_queued();
}

void Loop::serve_queued() noexcept {
  waker_->drain();
  while (const base::Ref<Outbox> caller = waker_->next_queued()) {
    if (Connection* connection = caller->connection(); connection != nullptr) {
      advance(*connection);
    }
  }
  take_arrivals();
}

// Each has had its place among the connections since it was brought.
void Loop::take_arrivals() noexcept {
  for (Arrival& arrival : waker_->take_arrivals()) {
    static_cast<void>(base::guarded([&]() -> base::Status {
      service().counts.count_accepted();
      take(std::move(arrival.socket), arrival.endpoint);
      return {};
    }));
    // Only now: nobody shall see a place that is free for a moment.
    tools_.connection_counts.connections.fetch_sub(1, std::memory_order_relaxed);
  }
}

base::Status Loop::begin_beating() {
  if (tools_.notify == nullptr || tools_.notify->period() == Millis(0)) {
    return {};
  }
  tools_.notify->join();
  base::Status opened = beat_.open(base_.get(), watcher(settings()), on_beat, this);
  if (opened.is_ok() && !beat_.start(tools_.notify->period())) {
    opened = base::Code::kNoMemory;
  }
  return opened;
}

void Loop::on_beat(void* loop) noexcept {
  auto& self = *static_cast<Loop*>(loop);
  self.tools_.notify->beat(self.beats_);
}

// These two events end event_base_loop(); there is nothing else to do.
void Loop::on_tick(void* /*loop*/) noexcept {}
void Loop::on_turn_limit(int /*fd*/, short /*what*/, void* /*loop*/) noexcept {}

}  // namespace wserve::net
