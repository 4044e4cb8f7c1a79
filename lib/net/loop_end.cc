// What the loop sees to at every tick: limits that are over, the order to stop, and its end.
#include <algorithm>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/guard.h"
#include "net/loop.h"

namespace wserve::net {

using base::Millis;

namespace {

// Of an idle connection when the server stops: a client that is about to send is served.
constexpr Millis kDrainIdleLimit{500};
// Between two times that memory is given back, for it costs milliseconds.
constexpr Millis kTrimPause{5'000};
constexpr Millis kPublishPause{1'000};

}  // namespace

void Loop::tick() noexcept {
  last_tick_ = now();
  count_delay();
  set_limits();
  look_after_answers();
  look_after_streams();
  enforce_limits();
  tools_.dispatcher.tick(clock().steady_now());
  acceptor_.reconsider(clock().steady_now());
  service().client_logs.tick();
  give_memory_back();
  monitor_.enforce_limit();
  if (tools_.monitor.pages != nullptr && now() - last_published_ >= kPublishPause) {
    publish_states();
  }
}

// For the statistics of what other threads must not look at. It goes through all connections.
void Loop::publish_states() noexcept {
  last_published_ = now();
  for (std::size_t i = 0; i < kWaitingKinds; ++i) {
    stats_.waiting[i].store(host_.deadlines().count(static_cast<Waiting>(i)),
                            std::memory_order_relaxed);
  }
}

// A tick that comes late came behind something that has kept the loop's thread.
void Loop::count_delay() noexcept {
  const Millis now = clock().steady_now();
  stats_.fade_delay(std::max(Millis(0), now - tick_due_));
  expect_tick(now + kTickPeriod);
}

// At the beginning and at every tick, for they may have changed.
void Loop::set_limits() noexcept {
  const LoopSettings& settings = tools_.settings;
  const Millis idle_limit = settings.idle_limit;
  const bool is_soon = is_draining_ && (idle_limit == Millis(0) || idle_limit > kDrainIdleLimit);
  host_.deadlines().set_limit(Waiting::kFirstByte, is_soon ? kDrainIdleLimit : idle_limit);
  host_.deadlines().set_limit(Waiting::kHead, settings.head_limit);
  host_.deadlines().set_limit(Waiting::kBody, settings.body_limit);
  host_.deadlines().set_limit(Waiting::kClient, settings.write_limit);
  host_.deadlines().set_limit(Waiting::kLingering, settings.linger_gap);
}

void Loop::enforce_limits() noexcept {
  expire(Waiting::kHead);
  expire(Waiting::kBody);
  expire(Waiting::kClient);
  expire(Waiting::kLingering);
  gate_.enforce_limit(now());
  rejected_clients_.enforce_limit(now());
  if (is_draining_) {
    finish_accepting();
    gate_.let_go(now() - kDrainIdleLimit);
  }
  if (is_draining_ || now() - last_cleanup_ >= tools_.settings.cleanup_interval) {
    last_cleanup_ = now();
    expire(Waiting::kFirstByte);
  }
}

void Loop::expire(Waiting kind) noexcept {
  while (DeadlineHook* hook = host_.deadlines().expired(kind, now())) {
    auto& connection = static_cast<Connection&>(*hook);
    const base::Status done = base::guarded([&]() -> base::Status {
      connection.give_up();
      return {};
    });
    if (!done.is_ok()) {
      connection.reset();
    }
  }
}

// What many large requests have left free lies between what is in use, where the allocator of the C
// library keeps it.
void Loop::give_memory_back() noexcept {
  if (!is_burst_over() || now() - last_trim_ < kTrimPause) {
    return;
  }
  last_trim_ = now();
  tools_.service->storage.memory.forget_peak();
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

// An answer that needed nothing from the loop has not called it: here it falls idle.
void Loop::look_after_answers() noexcept {
  DeadlineHook* hook = host_.deadlines().first(Waiting::kAnswer);
  while (hook != nullptr) {
    DeadlineHook* next = host_.deadlines().after(*hook);
    if (hook->since() + kTick > now()) {
      break;  // so have all behind it
    }
    advance(static_cast<Connection&>(*hook));
    hook = next;
  }
}

// While a body is awaited the time for its answer runs, too.
void Loop::look_after_streams() noexcept {
  if (tools_.settings.answer_limit.get() == Millis(0)) {
    return;
  }
  DeadlineHook* hook = host_.deadlines().first(Waiting::kBody);
  while (hook != nullptr) {
    auto& connection = static_cast<Connection&>(*hook);
    hook = host_.deadlines().after(*hook);
    if (connection.is_overdue()) {
      advance(connection);
    }
  }
}

void Loop::look_at_stop_request() noexcept {
  if (!tools_.stop.is_asked.load()) {
    return;
  }
  clock().refresh();
  const Millis limit{tools_.stop.limit_ms.load()};
  if (!is_draining_) {
    drain_ends_ = now() + limit;
    begin_drain();
  }
  drain_ends_ = std::min(drain_ends_, now() + limit);
  if (now() >= drain_ends_) {
    stop_accepting();
    cut_all();
  }
}

void Loop::begin_drain() noexcept {
  is_draining_ = true;
  if (!tools_.service->is_draining.exchange(true) && tools_.notify != nullptr) {
    tools_.notify->say_stopping();
  }
  accepting_ends_ = now() + kDrainIdleLimit;
  take_arrivals();
  finish_accepting();
  set_limits();
  expire(Waiting::kFirstByte);
  gate_.let_go(now() - kDrainIdleLimit);
}

// Who found no descriptor gets one when others have closed theirs, within the time that clients who
// are about to send have.
void Loop::finish_accepting() noexcept {
  if (acceptor_.is_open() && (acceptor_.take_the_rest() || now() >= accepting_ends_)) {
    stop_accepting();
  }
}

void Loop::stop_accepting() noexcept {
  if (acceptor_.is_open()) {
    acceptor_.close();
    tools_.listeners.leave();
  }
}

void Loop::cut_all() noexcept {
  gate_.close();
  rejected_clients_.close();
  while (!connections_.empty()) {
    connections_.front().cut();
  }
}
}  // namespace wserve::net
