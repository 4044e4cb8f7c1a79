// Time as the library sees it, injected so that tests decide what time it is.
#pragma once

#include <chrono>
#include <ctime>

namespace wserve::base {

// Since some moment in the past; never goes back.
using Millis = std::chrono::milliseconds;
using Micros = std::chrono::microseconds;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual Millis now() const noexcept = 0;
  // The same with microseconds, for those who measure: it costs more.
  [[nodiscard]] virtual Micros precise_now() const noexcept = 0;
  // Seconds since 1970, for Date fields only: it may jump.
  [[nodiscard]] virtual std::time_t wall_time() const noexcept = 0;
  // The same with microseconds, for what other machines have measured.
  [[nodiscard]] virtual Micros precise_wall_time() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Millis now() const noexcept override;
  [[nodiscard]] Micros precise_now() const noexcept override;
  [[nodiscard]] std::time_t wall_time() const noexcept override;
  [[nodiscard]] Micros precise_wall_time() const noexcept override;
};

}  // namespace wserve::base
