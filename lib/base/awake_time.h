// Time without the pauses in which the whole process stood still: SIGSTOP, a frozen container,
// swap.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace wserve::base {

// Somebody shows it the time a few times a second while there is something to measure. Longer than
// kMaxStep between two times is a pause, of which no more than that is counted.
class AwakeTime {
 public:
  static constexpr Millis kMaxStep{500};

  // What `now` is in counted time.
  [[nodiscard]] Millis at(Millis now) noexcept {
    const Millis step = now - last_;
    if (step > Millis(0)) {
      paused_ += std::max(Millis(0), step - kMaxStep);
      last_ = now;
    }
    return now - paused_;
  }

 private:
  Millis last_{0};
  Millis paused_{0};
};

}  // namespace wserve::base
