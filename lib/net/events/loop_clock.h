// Time as the connections of one loop are charged for it.
#pragma once

#include "base/clock.h"

namespace wserve::net {

// Loop thread only. Only time counts in which the loop could have seen its clients: where the
// process stands still (SIGSTOP, a frozen container, swapping), or the application keeps the loop's
// own thread, what came meanwhile lies in the sockets, and nobody is late because of it. So no more
// than kMaxUnseen passes between two looks at the sockets, however long they are apart.
class LoopClock {
 public:
  static constexpr base::Millis kMaxUnseen{500};

  explicit LoopClock(const base::Clock& clock) noexcept : clock_(clock) {}

  void start() noexcept {
    now_ = clock_.now();
    lost_ = base::Millis(0);
    max_ = now_ + kMaxUnseen;
  }

  // The loop looks at its sockets next. The clock is read behind that: what has passed since the
  // last refresh() counts with the time of this turn.
  void begin_turn() noexcept {
    max_ = now_ + kMaxUnseen;
    has_looked_ = false;
  }

  // Reads the clock.
  void refresh() noexcept {
    has_looked_ = true;
    const base::Millis passed = clock_.now() - lost_;
    if (passed > max_) {
      lost_ += passed - max_;
      now_ = max_;
    } else {
      now_ = passed;
    }
  }

  // Unless that was done in this turn.
  void look_once() noexcept {
    if (!has_looked_) {
      refresh();
    }
  }

  // As of the last refresh().
  [[nodiscard]] base::Millis now() const noexcept { return now_; }
  // The same moment for what is shared with others, or does not wait for a client.
  [[nodiscard]] base::Millis steady_now() const noexcept { return now_ + lost_; }

 private:
  const base::Clock& clock_;
  base::Millis now_{0};
  base::Millis lost_{0};  // in all
  base::Millis max_{0};   // now() before the next turn
  bool has_looked_ = false;
};

}  // namespace wserve::net
