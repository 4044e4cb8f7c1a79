// The place of one thread of a WorkerPool, which sleeps on a condition variable.
#pragma once

#include <atomic>

#include "app/waiter.h"

namespace wserve::app {

class WorkerSlot final : public Waiter {
 public:
  // Its own thread counts.
  void count_pipelined() noexcept {
    pipelined_.store(taken_pipelined() + 1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t taken_pipelined() const noexcept {
    return pipelined_.load(std::memory_order_relaxed);
  }

 private:
  // It has no other reason to return than a request, or the end.
  [[nodiscard]] bool take_wake() noexcept override { return false; }
  void begin_rest() noexcept override {}
  // A thread that was notified under the lock would only have to wait for it.
  [[nodiscard]] base::Condition* call() noexcept override { return &is_called_; }
  [[nodiscard]] base::Code sleep(base::Mutex& lock, std::chrono::milliseconds /*limit*/)
      REQUIRES(lock) override {
    while (is_idle()) {
      is_called_.wait(lock);
    }
    return base::Code::kOk;
  }
  [[nodiscard]] bool is_watched() const noexcept override { return true; }

  base::Condition is_called_;
  std::atomic<std::uint64_t> pipelined_{0};
};

}  // namespace wserve::app
