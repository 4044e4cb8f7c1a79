// Somebody who takes requests from a RequestQueue, and how his thread sleeps while there are none.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/mutex.h"
#include "base/status.h"

namespace wserve::app {

// The queue calls these functions, on several threads, always with its lock held.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;

 protected:
  // Somebody wants RequestQueue::next() to return without a request. True once.
  [[nodiscard]] virtual bool take_wake() noexcept = 0;

  // No request waits: from here on sleep() sleeps, until call() or a wake that take_wake() has not
  // told of.
  virtual void begin_rest() noexcept = 0;

  // A request waits: sleep() ends. Returns what is to be notified once the lock is given up, if
  // anything.
  [[nodiscard]] virtual base::Condition* call() noexcept = 0;

  // Sleeps without the lock, `limit` at most (negative: no limit). kOk when it was ended, perhaps
  // for nothing; kTimeout; kInterrupted when a signal handler ran.
  [[nodiscard]] virtual base::Code sleep(base::Mutex& lock, std::chrono::milliseconds limit)
      REQUIRES(lock) = 0;

  // It may be called when its thread is not in next(), because somebody watches for the call.
  [[nodiscard]] virtual bool is_watched() const noexcept = 0;

  [[nodiscard]] bool is_idle() const noexcept { return place_ == Place::kIdle; }

 private:
  friend class RequestQueue;

  // Busy, or elsewhere; free for a request; called for one, and not there yet.
  enum class Place : std::uint8_t { kAway, kIdle, kCalled };
  Place place_ = Place::kAway;
};

}  // namespace wserve::app
