// A mutex, its lock and its condition, with the annotations that clang's -Wthread-safety reads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define WSERVE_ATTRIBUTE(x) __attribute__((x))
#else
#define WSERVE_ATTRIBUTE(x)
#endif

#define CAPABILITY(name) WSERVE_ATTRIBUTE(capability(name))
#define SCOPED_CAPABILITY WSERVE_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(mutex) WSERVE_ATTRIBUTE(guarded_by(mutex))
#define REQUIRES(mutex) WSERVE_ATTRIBUTE(requires_capability(mutex))
#define EXCLUDES(mutex) WSERVE_ATTRIBUTE(locks_excluded(mutex))
#define ACQUIRE(...) WSERVE_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) WSERVE_ATTRIBUTE(release_capability(__VA_ARGS__))
// For a function that needs no lock, for a reason that it says.
#define NO_LOCK_NEEDED WSERVE_ATTRIBUTE(no_thread_safety_analysis)

namespace wserve::base {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() RELEASE() { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

// Waits may end early for no reason: always wait in a loop on what is waited for.
class Condition {
 public:
  void wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    condition_.wait(held);
    held.release();
  }
  // False when the time is up.
  bool wait_for(Mutex& mutex, std::chrono::milliseconds limit) REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    const bool woken = condition_.wait_for(held, limit) == std::cv_status::no_timeout;
    held.release();
    return woken;
  }
  void notify_one() noexcept { condition_.notify_one(); }
  void notify_all() noexcept { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace wserve::base
