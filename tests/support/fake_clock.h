// A clock that stands still until the test moves it.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace wserve::tests {

class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::Millis now() const noexcept override { return base::Millis(now_.load()); }
  [[nodiscard]] base::Micros precise_now() const noexcept override { return now(); }
  [[nodiscard]] std::time_t wall_time() const noexcept override { return wall_.load(); }
  [[nodiscard]] base::Micros precise_wall_time() const noexcept override {
    return std::chrono::seconds(wall_.load());
  }
  void advance(base::Millis by) { now_ += by.count(); }
  void set_wall_time(std::time_t time) { wall_ = time; }

 private:
  std::atomic<base::Millis::rep> now_{1'000'000};
  std::atomic<std::time_t> wall_{784111777};
};

}  // namespace wserve::tests
