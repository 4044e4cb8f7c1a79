// Starts threads and waits for their end.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "base/mutex.h"
#include "base/status.h"

namespace wserve::base {

// The threads of one owner, who may let go of them before they end: each keeps the group alive. For
// any thread; all but start() never throw.
class ThreadGroup final : public std::enable_shared_from_this<ThreadGroup> {
 public:
  // Runs `body` on a new thread with every signal blocked, so that signals reach the threads of the
  // host program. `name` is a literal of at most 15 characters. `body` is destroyed on that thread,
  // before its end is known here. kSystem when the system gives no thread.
  Status start(const char* name, std::function<void()> body);

  // Whether the calling thread is one of the group's.
  [[nodiscard]] bool has_this_thread() noexcept;

  // Waits until every body has returned. Those that have not when the time is up are let go: join()
  // does not wait for them. How many they are.
  unsigned wait(std::chrono::milliseconds limit) noexcept;

  // Waits until no thread of the group exists any more, in the eyes of the kernel, too. For a body
  // it waits without limit, for what a thread does behind it (its thread-local objects) a few
  // seconds; then the thread is let go. How many they are. Several threads may wait.
  unsigned join() noexcept;

  // The owner goes: the threads that still run end on their own.
  void let_go() noexcept;

 private:
  enum class State : std::uint8_t { kRuns, kEnded, kIsJoined, kLetGo };
  struct Member {
    pthread_t thread{};
    pid_t id = 0;  // the kernel's, once the body has ended
    State state = State::kRuns;
  };
  using Members = std::list<Member>;
  struct Task;
  class Departure;

  static void* thread_main(void* argument);
  static bool retire(const Member& member) noexcept;
  [[nodiscard]] unsigned count(State state) const noexcept REQUIRES(mutex_);
  [[nodiscard]] unsigned let_go_of_running() noexcept REQUIRES(mutex_);
  void leave(Members::iterator member) noexcept;
  void clear_away() noexcept;
  bool take_ended(Members::iterator& member) noexcept;
  void remove(Members::iterator member) noexcept;

  Mutex mutex_;
  Condition something_ended_;
  Members members_ GUARDED_BY(mutex_);
};

}  // namespace wserve::base
