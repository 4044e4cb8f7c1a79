// Threads of the library's own that run the application: threads = N.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/dispatcher.h"
#include "app/exchange_queue.h"
#include "app/queue_warning.h"
#include "base/mutex.h"

namespace wserve::app {

// Loop threads submit, the workers take. At a hand-over an idle worker is woken, the last one to
// fall idle first: its stack is still warm. At most one woken worker is on its way at a time; it
// wakes the next when it finds more than it can take.
class WorkerPool final : public Dispatcher {
 public:
  // Starts a thread that calls work(index).
  using Hire = std::function<base::Status(unsigned index)>;

  WorkerPool(unsigned threads, Application& application, const base::Clock& clock, base::Log& log,
             Hire hire);

  // The body of each worker thread: returns after stop(), when the queue is empty. `index` counts
  // from 0 to threads - 1. The owner starts the first threads.
  void work(unsigned index);
  // The thread of this index has ended, perhaps in the middle of a request. Unless the pool stops,
  // another takes its place, as soon as one is to be had.
  void vacate(unsigned index) noexcept;

  void set_queue_limits(const QueueLimits& limits) noexcept override;
  void submit(base::Ref<Exchange> exchange) noexcept override;
  void hand_over() noexcept override;
  void tick(base::Millis now) noexcept override;
  [[nodiscard]] std::size_t waiting() const noexcept override;

  // Workers end once nothing waits any more. Any thread.
  void stop() noexcept;

 private:
  struct Seat {
    base::Condition wake;
    bool is_called = false;
    bool is_busy = false;  // in the application
  };

  [[nodiscard]] base::Ref<Exchange> take(Seat& seat);
  [[nodiscard]] bool enqueue(base::Ref<Exchange>& exchange, std::size_t& depth) noexcept;
  [[nodiscard]] base::Ref<Exchange> pop_overdue(base::Millis now) noexcept;
  [[nodiscard]] base::Ref<Exchange> take_or_sleep(Seat& seat, Seat*& called);
  [[nodiscard]] Seat* next_called() noexcept REQUIRES(mutex_);
  static void notify(Seat* called) noexcept;
  [[nodiscard]] std::size_t free_threads() const noexcept REQUIRES(mutex_) {
    return seats_.size() - vacant_.size() - busy_;
  }
  void fill_vacancies() noexcept;
  [[nodiscard]] bool take_vacancy(unsigned& index) noexcept;
  void note_hired() noexcept;
  void keep_vacancy(unsigned index, const base::Status& why) noexcept;

  Application& application_;
  base::Log& log_;
  const Hire hire_;
  QueueWarning warning_;

  mutable base::Mutex mutex_;
  std::vector<Seat> seats_;
  ExchangeQueue queue_ GUARDED_BY(mutex_);
  std::vector<Seat*> idle_ GUARDED_BY(mutex_);
  std::vector<unsigned> vacant_ GUARDED_BY(mutex_);  // nobody works there
  bool has_told_of_vacancies_ GUARDED_BY(mutex_) = false;
  std::size_t busy_ GUARDED_BY(mutex_) = 0;
  bool is_one_called_ GUARDED_BY(mutex_) = false;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace wserve::app
