// Requests that wait for a thread of the application, and the threads that wait for requests.
#pragma once

#include <optional>
#include <vector>

#include "app/dispatcher.h"
#include "app/exchange_list.h"
#include "app/waiter.h"
#include "base/awake_time.h"
#include "base/mutex.h"
#include "base/time_limit.h"

namespace wserve::app {

// Loops submit, waiters take: Consumers, whose threads belong to the host program and pull, or the
// WorkerSlots of a WorkerPool. At a hand-over one idle waiter is called, the last one to fall idle
// first: its stack is still warm. It calls the next when it finds more than it can take.
//
// A waiter that is watched (Waiter::is_watched()) is idle or called from its first arm() on, but
// for the time that its thread spends with a request: so nothing comes unnoticed.
class RequestQueue final : public Dispatcher {
 public:
  // How many waiters may be on their way at a time. One is enough where they do nothing else.
  enum class Calls : bool { kOne, kMany };

  explicit RequestQueue(Calls calls) noexcept : calls_(calls) {}

  // A waiter takes part from join() to leave(). join() throws std::bad_alloc.
  void join(Waiter& waiter);
  void leave(Waiter& waiter) noexcept;
  [[nodiscard]] bool has_waiters() const noexcept;
  // It may be called from here on, although its thread has not asked yet. Any thread.
  void arm(Waiter& waiter) noexcept;

  // The next request; one call at a time for each waiter. kTimeout; kInterrupted after a wake or a
  // signal; kClosed when no more will come and nothing waits. With a limit of 0 it never blocks.
  base::Code next(Waiter& waiter, const base::TimeLimit& limit, base::Ref<Exchange>& exchange);

  // From here on nobody sleeps: next() says kInterrupted where it would, and to who sleeps already.
  void end_sleep() noexcept;
  // No more requests will come: waiters get what waits, then kClosed. Any thread.
  void close() noexcept;

  // Takes the exchange, if the queue is not full. `depth` is how many wait when no waiter is free,
  // else 0.
  [[nodiscard]] bool push(base::Ref<Exchange>& exchange, std::size_t& depth) noexcept;
  // More requests wait than waiters are free: one that came now would be served no sooner.
  [[nodiscard]] bool is_behind() const noexcept;

  void set_queue_limits(const QueueLimits& limits) noexcept override;
  void submit(base::Ref<Exchange> exchange) noexcept override;
  void hand_over() noexcept override;
  void tick(base::Millis now) noexcept override;
  [[nodiscard]] std::size_t waiting() const noexcept override;
  [[nodiscard]] base::Millis behind_for() const noexcept override;
  [[nodiscard]] Workers workers() const noexcept override;

 private:
  using Place = Waiter::Place;

  base::Code take_or_sleep(Waiter& waiter, const base::TimeLimit& limit,
                           base::Ref<Exchange>& exchange, base::Condition*& called)
      REQUIRES(mutex_);
  void on_taken(Waiter& waiter) noexcept REQUIRES(mutex_);
  void make_idle(Waiter& waiter) noexcept REQUIRES(mutex_);
  void make_away(Waiter& waiter) noexcept REQUIRES(mutex_);
  [[nodiscard]] base::Code turn_back(Waiter& waiter, base::Code why) noexcept REQUIRES(mutex_);
  [[nodiscard]] base::Condition* call(Waiter& waiter) noexcept REQUIRES(mutex_);
  [[nodiscard]] base::Condition* call_one() noexcept REQUIRES(mutex_);
  void call_all() noexcept REQUIRES(mutex_);
  [[nodiscard]] std::size_t free_waiters() const noexcept REQUIRES(mutex_) {
    return idle_.size() + called_;
  }
  void look_whether_behind(base::Millis now) noexcept;
  [[nodiscard]] base::Ref<Exchange> pop_overdue(base::Millis now) noexcept;
  static void notify(base::Condition* called) noexcept;

  const Calls calls_;

  mutable base::Mutex mutex_;
  ExchangeList list_ GUARDED_BY(mutex_);
  QueueLimits limits_ GUARDED_BY(mutex_);
  base::AwakeTime time_ GUARDED_BY(mutex_);
  std::vector<Waiter*> idle_ GUARDED_BY(mutex_);
  std::size_t waiters_ GUARDED_BY(mutex_) = 0;
  // As of the last tick.
  base::Millis behind_for_ GUARDED_BY(mutex_){0};
  std::optional<base::Millis> full_since_ GUARDED_BY(mutex_);
  std::size_t called_ GUARDED_BY(mutex_) = 0;  // on their way
  bool has_ended_sleep_ GUARDED_BY(mutex_) = false;
  bool is_closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace wserve::app
