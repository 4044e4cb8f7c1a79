// Hands requests to threads that the host language owns: they ask, nobody calls them.
#pragma once

#include <atomic>
#include <chrono>
#include <vector>

#include "app/dispatcher.h"
#include "app/exchange_queue.h"
#include "base/mutex.h"
#include "base/ref_counted.h"
#include "base/unique_fd.h"

namespace wserve::app {

class PullQueue;

// What one consuming thread waits on: an event descriptor of its own, so that no thread eats
// another's wake-up. poll(2) tells a signal from an event, which a condition variable cannot.
class PullSeat {
 public:
  // kSystem when no descriptor is left.
  Status open();

  // Readable when something happened: a request waits, wake() was called, or the queue has closed.
  [[nodiscard]] int fd() const noexcept { return event_.get(); }

  // Ends the next (or the current) wait. Sticky; any thread, also in a signal handler.
  void wake() noexcept;

  // While its thread turns the event loop it asks for requests behind each turn: those that come
  // need no signal.
  void note_turning(bool is_turning) noexcept { is_turning_.store(is_turning); }

 private:
  friend class PullQueue;

  [[nodiscard]] bool take_wake() noexcept { return is_woken_.exchange(false); }
  void signal() noexcept;
  void drain() noexcept;
  // False when a signal handler ran or the time is up.
  [[nodiscard]] Status wait(std::chrono::milliseconds limit) noexcept;

  base::UniqueFd event_;
  std::atomic<bool> is_woken_{false};
  std::atomic<bool> is_signalled_{false};
  std::atomic<bool> is_turning_{false};
  bool is_called_ = false;  // by the queue, whose lock guards it, and has not come yet
};

class PullQueue final : public Dispatcher {
 public:
  using Wait = std::chrono::milliseconds;
  static constexpr Wait kForever{-1};

  // `filters` sees each request before it is handed out, and defers those that shall be.
  explicit PullQueue(Application& filters) noexcept : filters_(filters) {}

  // A seat takes part from join() to leave(). join() throws std::bad_alloc.
  void join(PullSeat& seat);
  void leave(PullSeat& seat) noexcept;
  [[nodiscard]] bool has_seats() const noexcept;

  // The next request, its environ made. kTimeout, kInterrupted (a wake or a signal), kClosed when
  // the server has stopped and nothing waits. With a limit of 0 it never blocks, and a kTimeout
  // arms the seat's descriptor.
  Status next(PullSeat& seat, Wait limit, base::Ref<Exchange>& exchange);

  // From here on a worker turns the event loop instead of waiting: next() says kInterrupted where
  // it would wait, and to who waits already. Any thread.
  void end_waiting() noexcept;
  [[nodiscard]] bool has_ended_waiting() const noexcept { return has_ended_waiting_.load(); }

  void set_queue_limits(const QueueLimits& limits) noexcept override;
  void submit(base::Ref<Exchange> exchange) noexcept override;
  void hand_over() noexcept override;
  void tick(base::Millis now) noexcept override;
  [[nodiscard]] std::size_t waiting() const noexcept override;
  // More requests wait than seats are free: one that came now would be served no sooner.
  [[nodiscard]] bool is_behind() const noexcept;

  // No more requests will come: seats get what waits, then kClosed. Any thread.
  void close() noexcept;

 private:
  // kOk with an exchange, or kTimeout with the seat armed.
  Status take_or_arm(PullSeat& seat, base::Ref<Exchange>& exchange);
  [[nodiscard]] base::Ref<Exchange> take(PullSeat& seat) noexcept;
  Status arm_state(PullSeat& seat) noexcept;
  [[nodiscard]] bool disarm(PullSeat& seat) noexcept;
  [[nodiscard]] bool enqueue(base::Ref<Exchange>& exchange) noexcept;
  [[nodiscard]] base::Ref<Exchange> pop_overdue(base::Millis now) noexcept;
  void note_arrived(PullSeat& seat) noexcept REQUIRES(mutex_);
  void call_one() noexcept REQUIRES(mutex_);
  void signal_idle() noexcept REQUIRES(mutex_);

  Application& filters_;
  std::atomic<bool> has_ended_waiting_{false};
  mutable base::Mutex mutex_;
  ExchangeQueue queue_ GUARDED_BY(mutex_);
  std::size_t seats_ GUARDED_BY(mutex_) = 0;
  std::size_t called_ GUARDED_BY(mutex_) = 0;       // seats on their way
  std::vector<PullSeat*> idle_ GUARDED_BY(mutex_);  // the last to fall idle is called first
  bool is_closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace wserve::app
