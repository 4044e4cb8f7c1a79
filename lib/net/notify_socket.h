// What a service manager hears of the server: sd_notify(3), without its library.
#pragma once

#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/status.h"

namespace wserve::net {

// Made before the loops, constant then but for their beats. Any thread.
class NotifySocket {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Without the first it says nothing.
  NotifySocket();

  // `address` that it serves on. It waits a few seconds for a manager that is busy; the status says
  // why that has not heard it.
  [[nodiscard]] base::Status say_ready(const char* address) const noexcept;
  // It takes over another configuration; say_ready() when it has.
  void say_reloading() const noexcept;
  void say_stopping() const noexcept;

  // How often each loop is to beat: half of the time in which the manager wants to hear. 0: it does
  // not want to.
  [[nodiscard]] base::Millis period() const noexcept { return period_; }
  // Each loop before it runs.
  void join() noexcept { ++loops_; }
  // The loop turns. The manager hears of it once all loops have beaten. `beats` is the loop's own,
  // 0 in the beginning.
  void beat(unsigned& beats) noexcept;

 private:
  enum class Wait : std::uint8_t { kNo, kSeconds };
  [[nodiscard]] base::Status say(const std::string& text, Wait wait) const;

  std::string socket_;
  base::Millis period_{0};
  std::atomic<unsigned> loops_{0};
  std::atomic<unsigned> round_{1};
  std::atomic<unsigned> beaten_{0};  // in this round
};

}  // namespace wserve::net
