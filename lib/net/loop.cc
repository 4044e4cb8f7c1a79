// Turning the loop, and what connections have from it.
#include "net/loop.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/guard.h"
#include "http/error_page.h"
#include "net/events/event_log.h"
#include "net/events/find_epoll.h"

namespace wserve::net {

using base::Millis;
using base::Severity;

namespace {

Ticker::Seen watcher(const LoopSettings& settings) noexcept {
  return settings.is_turned_by_host ? Ticker::Seen::kByHost : Ticker::Seen::kByLoop;
}

}  // namespace

Loop::Loop(const LoopTools& tools, LoopStats& stats)
    : tools_(tools),
      stats_(stats),
      host_(*this, tools.settings, tools.clock, tools.dispatcher, tools.service, stats),
      gate_(tools.service->proxy, tools.settings.proxy_header_bytes, tools.connection_counts,
            tools.service->client_logs.proxy_protocol, tools.service->counts,
            [this](base::UniqueFd socket, const gateway::Endpoint& client) {
              take(std::move(socket), client);
            }),
      acceptor_(tools.settings, tools.connection_counts, tools.clock, tools.service->client_logs,
                [this](base::UniqueFd socket, const gateway::Endpoint& peer,
                       const Listener& listener) { accept(std::move(socket), peer, listener); }),
      monitor_(tools.monitor.pages, host_.clock(),
               [this]() -> const http::HttpDate::Text& { return host_.date(); }) {
  set_limits();
}

Loop::~Loop() {
  waker()->close();
  take_arrivals();
  cut_all();
  free_retired();
}

base::Status Loop::open() {
  const EventLog log(tools_.service->client_logs.failures);
  if (base::Status opened = host_.open(); !opened.is_ok()) {
    return opened;
  }
  last_tick_ = last_cleanup_ = now();
  notified_.reset(
      event_new(host_.events(), waker()->fd(), EV_READ | EV_PERSIST, on_notified, this));
  turn_limit_.reset(event_new(host_.events(), -1, 0, on_turn_limit, this));
  if (!notified_ || !turn_limit_ || event_add(notified_.get(), nullptr) != 0) {
    return base::Code::kNoMemory;
  }
  if (base::Status opened = tick_.open(host_.events(), watcher(settings()), on_tick, this);
      !opened.is_ok()) {
    return opened;
  }
  if (tools_.monitor.listeners != nullptr) {
    if (base::Status opened = monitor_.open(host_.events(), tools_.monitor.listeners->all());
        !opened.is_ok()) {
      return opened;
    }
  }
  if (base::Status watched = begin_beating(); !watched.is_ok()) {
    return watched;
  }
  tools_.listeners.enter();
  return acceptor_.open(host_.events(), waker()->fd(), tools_.listeners.all());
}

bool Loop::turn(Millis limit) noexcept {
  const EventLog log(tools_.service->client_logs.failures);
  waker()->enter();
  // It may have been asked before the waker could be heard.
  look_at_stop_request();
  if (is_over()) {
    return false;
  }
  clock().begin_turn();
  if (limit == Millis(0) || !later_.empty()) {
    event_base_loop(host_.events(), EVLOOP_ONCE | EVLOOP_NONBLOCK);
  } else if (limit < Millis(0)) {
    event_base_loop(host_.events(), EVLOOP_ONCE);
  } else {
    event_add(turn_limit_.get(), EventTime(limit).get());
    event_base_loop(host_.events(), EVLOOP_ONCE);
    event_del(turn_limit_.get());
  }
  clock().look_once();
  run_later();
  if (now() - last_tick_ >= kTick) {
    tick();
  }
  host_.hand_over();
  look_at_stop_request();
  free_retired();
  adjust_tick();
  if (settings().is_turned_by_host && !later_.empty()) {
    waker()->notify();  // the host does not see them, but that
  }
  return !is_over();
}

base::Status Loop::open_descriptor(base::UniqueFd& descriptor) const {
  const int epoll = find_epoll(waker()->fd());
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
    expect_tick(clock().steady_now() + kTickPeriod);
  } else {
    is_ticking_ = !tick_.stop();
    publish_states();
    expect_tick(Millis::max());
  }
}

void Loop::advance(Connection& connection) noexcept {
  clock().refresh();
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
  acceptor_.on_closed(clock().steady_now());
}

void Loop::accept(base::UniqueFd socket, const gateway::Endpoint& peer, const Listener& listener) {
  service().counts.count_accepted();
  if (!listener.speaks_proxy) {
    take(std::move(socket), peer);
    return;
  }
  clock().refresh();
  static_cast<void>(gate_.admit(host_.events(), std::move(socket), peer, now()));
}

void Loop::take(base::UniqueFd socket, const gateway::Endpoint& endpoint) {
  clock().refresh();
  AddressSlot slot;
  if (!tools_.connection_counts.addresses.enter(endpoint, slot)) {
    reject(std::move(socket), endpoint);
    return;
  }
  Connection& connection = connections_.emplace_back(host_, std::move(socket), endpoint);
  connection.place = std::prev(connections_.end());
  connection.address_slot = std::move(slot);
  tools_.connection_counts.connections.fetch_add(1, std::memory_order_relaxed);
  if (const base::Status watched = base::guarded([&] { return connection.watch(); });
      !watched.is_ok()) {
    connection.close();
  }
}

// An answer that fits into the buffer of a new socket. It gets no lingering close as a connection
// has it: this client has too many.
void Loop::reject(base::UniqueFd socket, const gateway::Endpoint& endpoint) {
  const http::Refusal refusal{503, "Too many connections from this address"};
  host_.on_refusal(refusal, app::Cause::kAddressLimit, endpoint);
  const std::string page = http::render_error_page(
      refusal, {.ident = service().site.ident, .site = &service().pages, .date = host_.date()});
  const base::ByteView bytes = page;
  Transport transport(std::move(socket));
  const std::int64_t sent = transport.send({&bytes, 1});
  if (const app::Observers* observers = service().observers.get()) {
    const auto seen = app::Observation::make(*observers, endpoint, observers->clock.precise_now());
    seen->propose_page(refusal.status, page, app::Cause::kAddressLimit);
    seen->begin_answer();
    seen->end(app::Cause::kAddressLimit,
              static_cast<std::uint64_t>(std::max<std::int64_t>(sent, 0)));
  }
  rejected_clients_.admit(host_.events(), std::move(transport), now());
}

void Loop::on_notified(int /*fd*/, short /*what*/, void* loop) noexcept {
  static_cast<Loop*>(loop)->serve_queued();
}

void Loop::serve_queued() noexcept {
  waker()->drain();
  while (const base::Ref<LoopSink> sink = waker()->next_queued()) {
    sink->run_on_loop();
  }
  take_arrivals();
}

// Each has had its place among the connections since it was brought.
void Loop::take_arrivals() noexcept {
  for (Arrival& arrival : waker()->take_arrivals()) {
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
  base::Status opened = beat_.open(host_.events(), watcher(settings()), on_beat, this);
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
