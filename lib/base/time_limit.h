// How long a call may wait.
#pragma once

#include <algorithm>
#include <chrono>

namespace wserve::base {

// Counted from when it is made. The clock is read for a limit that can run out only.
class TimeLimit {
 public:
  using Wait = std::chrono::milliseconds;

  // Negative: no limit; 0: not at all.
  explicit TimeLimit(Wait limit) noexcept : limit_(limit) {
    if (limit > Wait(0)) {
      until_ = Clock::now() + limit;
    }
  }

  [[nodiscard]] bool is_none() const noexcept { return limit_ == Wait(0); }

  // Negative when there is no limit; 0 when the time is up.
  [[nodiscard]] Wait left() const noexcept {
    if (limit_ <= Wait(0)) {
      return limit_;
    }
    return std::max(Wait(0), std::chrono::ceil<Wait>(until_ - Clock::now()));
  }

 private:
  using Clock = std::chrono::steady_clock;

  const Wait limit_;
  Clock::time_point until_;
};

}  // namespace wserve::base
