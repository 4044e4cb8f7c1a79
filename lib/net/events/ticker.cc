// A timer of libevent's, or a timerfd.
#include "net/events/ticker.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace wserve::net {

using base::Millis;
using base::Status;

namespace {

// Of zeroes for an end.
bool set_timer(int timer, Millis period) noexcept {
  itimerspec spec{};
  spec.it_interval.tv_sec = static_cast<time_t>(period.count() / 1000);
  spec.it_interval.tv_nsec = static_cast<long>(period.count() % 1000 * 1'000'000);
  spec.it_value = spec.it_interval;
  return ::timerfd_settime(timer, 0, &spec, nullptr) == 0;
}

}  // namespace

Status Ticker::open(event_base* base, Seen seen, Tick tick, void* data) {
  tick_ = tick;
  data_ = data;
  if (seen == Seen::kByLoop) {
    event_.reset(event_new(base, -1, EV_PERSIST, on_tick, this));
    return event_ ? base::Code::kOk : base::Code::kNoMemory;
  }
  timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer_.is_open()) {
    return base::system_failure("timerfd", errno);
  }
  event_.reset(event_new(base, timer_.get(), EV_READ | EV_PERSIST, on_tick, this));
  return event_ && event_add(event_.get(), nullptr) == 0 ? base::Code::kOk : base::Code::kNoMemory;
}

// The kernel lets a period begin anew when the end of the last one was read.
void Ticker::on_tick(int timer, short /*what*/, void* self) noexcept {
  std::uint64_t expiries = 0;
  if (timer >= 0) {
    static_cast<void>(::read(timer, &expiries, sizeof expiries));
  }
  const auto& ticker = *static_cast<Ticker*>(self);
  ticker.tick_(ticker.data_);
}

bool Ticker::start(Millis period) noexcept {
  if (timer_.is_open()) {
    return set_timer(timer_.get(), period);
  }
  return event_add(event_.get(), EventTime(period).get()) == 0;
}

bool Ticker::stop() noexcept {
  return timer_.is_open() ? set_timer(timer_.get(), Millis(0)) : event_del(event_.get()) == 0;
}

}  // namespace wserve::net
