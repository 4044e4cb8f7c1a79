// The place of one thread that pulls requests: it belongs to the host program.
#pragma once

#include <atomic>
#include <chrono>

#include "app/waiter.h"
#include "app/wake_event.h"

namespace wserve::app {

// Each has an event of its own, so that no thread eats another's wake-up. A test brings counters
// that it can stop at; everybody else uses Consumer.
template <template <typename> class Atomic>
class BasicConsumer final : public Waiter {
 public:
  // `event` outlives the consumer.
  explicit BasicConsumer(WakeEvent& event) noexcept : event_(event) {}

  // Ends the next (or the current) wait. Sticky; any thread, also in a signal handler.
  void wake() noexcept {
    wakes_begun_.fetch_add(1);  // first: who finds the event set must find the reason too
    event_.set();
    wakes_done_.fetch_add(1);
  }

  // Somebody watches the event from here on, between calls of RequestQueue::next() too. True for
  // the first time, when RequestQueue::arm() is to follow. Any thread.
  [[nodiscard]] bool watch() noexcept { return !is_watched_.exchange(true); }

  // While its thread turns the event loop it asks for requests behind each turn: those that come
  // need no signal.
  void set_turning(bool is_turning) noexcept { is_turning_.store(is_turning); }

 private:
  [[nodiscard]] bool take_wake() noexcept override {
    const unsigned begun = wakes_begun_.load();
    const bool is_new = begun != wakes_taken_;
    wakes_taken_ = begun;
    return is_new;
  }

  void begin_rest() noexcept override {
    if (!is_set_by_call_ && wakes_begun_.load() == wakes_cleared_) {
      return;  // it is clear, and a system call is spared
    }
    // Read before: a wake that is done meanwhile may have set the event anew.
    const unsigned done = wakes_done_.load();
    event_.clear();
    wakes_cleared_ = done;
    is_set_by_call_ = false;
  }

  // With the lock held: without it the consumer may be gone.
  [[nodiscard]] base::Condition* call() noexcept override {
    if (!is_turning_.load()) {
      is_set_by_call_ = true;
      event_.set();
    }
    return nullptr;
  }

  [[nodiscard]] base::Code sleep(base::Mutex& lock, std::chrono::milliseconds limit)
      REQUIRES(lock) override {
    lock.unlock();
    const base::Code slept = event_.wait(limit);
    lock.lock();
    return slept;
  }

  [[nodiscard]] bool is_watched() const noexcept override {
    return is_watched_.load() || is_turning_.load();
  }

  WakeEvent& event_;
  std::atomic<bool> is_watched_{false};
  std::atomic<bool> is_turning_{false};

  // wake() may run, and stop, between any two steps of the rest. So it counts: the event may be set
  // as long as wakes have begun that have not been cleared, and only those are cleared for certain
  // that were done before.
  Atomic<unsigned> wakes_begun_{0};
  Atomic<unsigned> wakes_done_{0};
  // Under the queue's lock.
  unsigned wakes_taken_ = 0;
  unsigned wakes_cleared_ = 0;
  bool is_set_by_call_ = false;
};

using Consumer = BasicConsumer<std::atomic>;

}  // namespace wserve::app
