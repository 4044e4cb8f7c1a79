// Whether bytes come, or go, fast enough.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace wserve::net {

// At least so many bytes a second, on average over each window. Either of them 0: no rule.
struct RateRule {
  base::Millis window{0};
  std::uint64_t bytes_per_second = 0;
};

// A client that moves one byte now and then keeps every timer of a gap from running out: here it is
// found out. No timer of its own: a gap is noticed by others, so it is enough to judge when bytes
// move.
class MinimumRate {
 public:
  // `total` bytes have been moved so far.
  void begin(std::uint64_t total, base::Millis now) noexcept {
    since_ = now;
    total_ = total;
  }

  // `total` bytes by now. False when too few came in a window that is over; then the next begins.
  [[nodiscard]] bool keeps_up(std::uint64_t total, base::Millis now,
                              const RateRule& rule) noexcept {
    const base::Millis elapsed = now - since_;
    if (rule.window == base::Millis(0) || elapsed < rule.window) {
      return true;
    }
    const auto milliseconds = static_cast<std::uint64_t>(elapsed.count());
    const std::uint64_t due = milliseconds / 1000 * rule.bytes_per_second +
                              milliseconds % 1000 * rule.bytes_per_second / 1000;
    const bool is_enough = total - total_ >= due;
    begin(total, now);
    return is_enough;
  }

 private:
  base::Millis since_{0};
  std::uint64_t total_ = 0;
};

}  // namespace wserve::net
