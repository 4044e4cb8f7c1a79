// Says what takes long: requests, and turns of event loops.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/running_requests.h"
#include "base/log.h"
#include "net/loop_group.h"

namespace wserve::server {

// One thread looks, a few times within the limit; any may end that.
class Watchdog {
 public:
  using Slow = app::RunningRequests::Slow;
  struct Stacks {
    bool by_signal = false;                   // see thread_stack.h
    std::function<void(const Slow&)> others;  // finds them otherwise; null for nobody
  };

  // All of it outlives the watchdog.
  Watchdog(app::RunningRequests& requests, const net::LoopGroup& loops, const base::Clock& clock,
           base::Log& log, Stacks stacks) noexcept
      : requests_(requests), loops_(loops), clock_(clock), log_(log), stacks_(std::move(stacks)) {}

  // The body of its thread: returns after end().
  void run() noexcept;
  void end() noexcept;

 private:
  struct LoopState {
    base::Millis late{0};
    base::Millis next_word{0};
  };

  void check();
  void say(const Slow& slow);
  void look_at_loops(base::Millis now);
  [[nodiscard]] bool wait() noexcept;

  app::RunningRequests& requests_;
  const net::LoopGroup& loops_;
  const base::Clock& clock_;
  base::Log& log_;
  const Stacks stacks_;
  std::vector<LoopState> states_;  // of the loops
  base::Millis last_look_{0};

  base::Mutex mutex_;
  base::Condition changed_;
  bool is_over_ GUARDED_BY(mutex_) = false;
};

}  // namespace wserve::server
