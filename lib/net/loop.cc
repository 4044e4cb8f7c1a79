// Turning the loop, and what connections have from it.
#include "net/loop.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/guard.h"
#include "net/event_log.h"
#include "net/find_epoll.h"

namespace wserve::net {

using base::Millis;
using base::Severity;

namespace {

constexpr std::size_t kMaxSpareIntakes = 64;
// Workers are woken at the end of a turn, or when so many requests wait for it.
constexpr unsigned kMostKeptBack = 16;

// One read of a long body asks for so many times recv_bytes, but for no more than a mebibyte.
constexpr std::size_t kBodyReads = 16;
constexpr std::size_t kMostBodyBytes = 1024 * 1024;

std::size_t largest_read(std::size_t usual) noexcept {
  return std::max(usual, std::min(usual * kBodyReads, kMostBodyBytes));
}

Ticker::Seen watcher(const LoopSettings& settings) noexcept {
  return settings.is_turned_by_host ? Ticker::Seen::kByHost : Ticker::Seen::kByLoop;
}

}  // namespace

Loop::Loop(const LoopTools& tools, LoopStats& stats)
    : tools_(tools),
      stats_(stats),
      door_(LoopDoor::make()),
      clock_(tools.clock),
      exchanges_(app::ExchangePool::make(tools.service)),
      gate_(tools.service->proxy, tools.settings.proxy_header_bytes, tools.census,
            tools.service->client_logs.proxy_protocol, tools.service->counts,
            [this](base::UniqueFd socket, const gateway::Endpoint& client) {
              take(std::move(socket), client);
            }),
      acceptor_(tools.settings, tools.census, tools.clock, tools.service->client_logs,
                [this](base::UniqueFd socket, const gateway::Endpoint& peer,
                       const Listener& listener) { accept(std::move(socket), peer, listener); }),
      monitor_(tools.monitor.pages, clock_,
               [this]() -> const http::HttpDate::Text& { return date(); }),
      buffer_(std::make_unique_for_overwrite<char[]>(largest_read(tools.settings.recv_bytes))) {
  set_limits();
}

Loop::~Loop() {
  door_->close();
  take_arrivals();
  cut_all();
  empty_grave();
}

base::Status Loop::open() {
  const EventLog log(tools_.service->client_logs.failures);
  clock_.start();
  last_tick_ = last_cleanup_ = now();
  if (base::Status opened = door_->open(); !opened.is_ok()) {
    return opened;
  }
  if (base::Status made = make_event_base(door_->fd(), base_); !made.is_ok()) {
    return made;
  }
  bell_.reset(event_new(base_.get(), door_->fd(), EV_READ | EV_PERSIST, on_bell, this));
  turn_limit_.reset(event_new(base_.get(), -1, 0, on_turn_limit, this));
  if (!bell_ || !turn_limit_ || event_add(bell_.get(), nullptr) != 0) {
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
  return acceptor_.open(base_.get(), door_->fd(), tools_.listeners.all());
}

bool Loop::turn(Millis limit) noexcept {
  const EventLog log(tools_.service->client_logs.failures);
  door_->enter();
  // It may have been asked before the bell hung.
  look_at_stop_order();
  if (is_over()) {
    return false;
  }
  clock_.begin_turn();
  if (limit == Millis(0) || !later_.empty()) {
    event_base_loop(base_.get(), EVLOOP_ONCE | EVLOOP_NONBLOCK);
  } else if (limit < Millis(0)) {
    event_base_loop(base_.get(), EVLOOP_ONCE);
  } else {
    event_add(turn_limit_.get(), EventTime(limit).get());
    event_base_loop(base_.get(), EVLOOP_ONCE);
    event_del(turn_limit_.get());
  }
  clock_.look_once();
  run_later();
  if (now() - last_tick_ >= kTick) {
    tick();
  }
  hand_over();
  look_at_stop_order();
  empty_grave();
  adjust_tick();
  if (settings().is_turned_by_host && !later_.empty()) {
    door_->ring();  // the host does not see them, but that
  }
  return !is_over();
}

base::Status Loop::open_descriptor(base::UniqueFd& descriptor) const {
  const int epoll = find_epoll(door_->fd());
  if (epoll < 0) {
    return {base::Code::kSystem, "the event loop has no descriptor (is /proc mounted?)"};
  }
  descriptor.reset(::fcntl(epoll, F_DUPFD_CLOEXEC, 0));
  return descriptor.is_open() ? base::Status() : base::system_failure("event loop", errno);
}

// A loop with nothing to watch over sleeps without a timer.
void Loop::adjust_tick() noexcept {
  const bool must_tick = !connections_.empty() || !gate_.is_empty() || !turned_away_.is_empty() ||
                         acceptor_.is_paused() || !monitor_.is_empty() ||
                         service().client_logs.have_left_out() || is_burst_over();
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
  const std::size_t most = largest_read(usual) - usual;
  return {buffer_.get(),
          usual + static_cast<std::size_t>(std::min<std::uint64_t>(body_bytes, most))};
}

void Loop::submit(base::Ref<app::Exchange> exchange) noexcept {
  exchange->note_submitted(clock_.steady_now());
  stats_.count_request();
  tools_.dispatcher.submit(std::move(exchange));
  if (++submitted_ == kMostKeptBack) {
    hand_over();
  }
}

void Loop::hand_over() noexcept {
  if (submitted_ > 0) {
    submitted_ = 0;
    tools_.dispatcher.hand_over();
  }
}

std::unique_ptr<Intake> Loop::lend_intake() {
  std::unique_ptr<Intake> intake;
  if (spare_intakes_.empty()) {
    intake = std::make_unique<Intake>();
    intake->parser.restart(tools_.service->limits);
  } else {
    intake = std::move(spare_intakes_.back());
    spare_intakes_.pop_back();
  }
  if (!intake->exchange) {
    intake->exchange = exchanges_->acquire();
  }
  return intake;
}

void Loop::give_back(std::unique_ptr<Intake> intake) noexcept {
  // A request that was begun and never finished: nobody has seen it.
  intake->exchange.reset();
  intake->stream.reset();
  intake->seen.reset();
  if (!intake->input.empty()) {
    intake->input = std::string();
  }
  intake->parser.restart(tools_.service->limits);  // for the next; which gives large memory back
  intake->is_discarding = false;
  if (spare_intakes_.size() < kMaxSpareIntakes) {
    try {
      spare_intakes_.push_back(std::move(intake));
    } catch (...) {
      intake.reset();
    }
  }
}

void Loop::advance(Connection& connection) noexcept {
  clock_.look();
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

void Loop::bury(Connection& connection) noexcept {
  grave_.splice(grave_.end(), connections_, connection.place);
  tools_.census.connections.fetch_sub(1, std::memory_order_relaxed);
}

void Loop::empty_grave() noexcept {
  if (grave_.empty()) {
    return;
  }
  std::erase_if(later_, [](const Connection* c) { return c->is_closed(); });
  grave_.clear();
  acceptor_.note_closed(clock_.steady_now());
}

void Loop::accept(base::UniqueFd socket, const gateway::Endpoint& peer, const Listener& listener) {
  service().counts.count_accepted();
  if (!listener.speaks_proxy) {
    take(std::move(socket), peer);
    return;
  }
  clock_.look();
  static_cast<void>(gate_.admit(base_.get(), std::move(socket), peer, now()));
}

void Loop::take(base::UniqueFd socket, const gateway::Endpoint& endpoint) {
  clock_.look();
  AddressSeat seat;
  if (!tools_.census.addresses.enter(endpoint, seat)) {
    turn_away(std::move(socket), endpoint);
    return;
  }
  Connection& connection = connections_.emplace_back(*this, std::move(socket), endpoint);
  connection.place = std::prev(connections_.end());
  connection.seat = std::move(seat);
  tools_.census.connections.fetch_add(1, std::memory_order_relaxed);
  if (const base::Status watched = connection.watch(); !watched.is_ok()) {
    connection.close();
  }
}

void Loop::on_bell(int /*fd*/, short /*what*/, void* loop) noexcept {
  static_cast<Loop*>(loop)->answer_callers();
}

void Loop::answer_callers() noexcept {
  door_->answer();
  while (const base::Ref<Outbox> caller = door_->next_caller()) {
    if (Connection* connection = caller->connection(); connection != nullptr) {
      advance(*connection);
    }
  }
  take_arrivals();
}

// Each has had its place among the connections since it was brought.
void Loop::take_arrivals() noexcept {
  for (Arrival& arrival : door_->take_arrivals()) {
    static_cast<void>(base::guarded([&]() -> base::Status {
      service().counts.count_accepted();
      take(std::move(arrival.socket), arrival.endpoint);
      return {};
    }));
    // Only now: nobody shall see a place that is free for a moment.
    tools_.census.connections.fetch_sub(1, std::memory_order_relaxed);
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
