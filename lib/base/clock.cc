// The clocks of the operating system.
#include "base/clock.h"

namespace wserve::base {

Millis SystemClock::now() const noexcept {
  // Coarse: a few milliseconds of error, a tenth of the price. Time limits are seconds.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::seconds(now.tv_sec) + Millis(now.tv_nsec / 1'000'000);
}

Micros SystemClock::precise_now() const noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + Micros(now.tv_nsec / 1'000);
}

std::time_t SystemClock::wall_time() const noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

Micros SystemClock::precise_wall_time() const noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + Micros(now.tv_nsec / 1'000);
}

}  // namespace wserve::base
