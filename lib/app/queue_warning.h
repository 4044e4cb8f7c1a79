// Tells the operator, not too often, that requests wait because every thread is busy.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/log.h"

namespace wserve::app {

// Any thread, and none that holds a lock: the log calls the host program.
class QueueWarning {
 public:
  QueueWarning(const base::Clock& clock, base::Log& log, unsigned threads) noexcept
      : clock_(clock), log_(log), threads_(threads) {}

  // `depth` requests wait and nobody is idle.
  void on_depth(std::size_t depth) noexcept;

 private:
  const base::Clock& clock_;
  base::Log& log_;
  const unsigned threads_;
  std::atomic<base::Millis> silent_until_{base::Millis(0)};
};

}  // namespace wserve::app
