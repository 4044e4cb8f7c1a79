// Threads of the library's own that run the application: threads = N.
#pragma once

#include <functional>
#include <vector>

#include "app/dispatcher.h"
#include "app/queue_warning.h"
#include "app/request_queue.h"
#include "app/worker_slot.h"
#include "base/mutex.h"

namespace wserve::app {

// A slot takes part in the queue while it has a thread, or is about to get one.
class WorkerPool final : public Dispatcher {
 public:
  // Starts a thread that calls work(index).
  using Spawn = std::function<base::Status(unsigned index)>;

  WorkerPool(unsigned threads, Application& application, const base::Clock& clock, base::Log& log,
             Spawn spawn);

  // The body of each worker thread: returns after stop(), when the queue is empty. `index` counts
  // from 0 to threads - 1. The owner starts the first threads.
  void work(unsigned index);
  // The thread of this index has ended, perhaps in the middle of a request. Unless the pool stops,
  // another takes its place, as soon as one is to be had.
  void on_exited(unsigned index) noexcept;

  void set_queue_limits(const QueueLimits& limits) noexcept override {
    queue_.set_queue_limits(limits);
  }
  void submit(base::Ref<Exchange> exchange) noexcept override;
  void hand_over() noexcept override { queue_.hand_over(); }
  void tick(base::Millis now) noexcept override;
  [[nodiscard]] std::size_t waiting() const noexcept override { return queue_.waiting(); }
  [[nodiscard]] base::Millis behind_for() const noexcept override { return queue_.behind_for(); }
  [[nodiscard]] Workers workers() const noexcept override { return queue_.workers(); }
  [[nodiscard]] std::uint64_t taken_pipelined() const noexcept override;

  // Workers end once nothing waits any more. Any thread.
  void stop() noexcept;

 private:
  void run_with_pipelined(base::Ref<Exchange> exchange, WorkerSlot& slot);
  void enter(WorkerSlot& slot);
  void fill_vacancies() noexcept;
  [[nodiscard]] bool take_vacancy(unsigned& index) noexcept;
  void on_spawned() noexcept;
  void keep_vacancy(unsigned index, const base::Status& why) noexcept;

  Application& application_;
  base::Log& log_;
  const Spawn spawn_;
  QueueWarning warning_;
  std::vector<WorkerSlot> slots_;
  RequestQueue queue_{RequestQueue::Calls::kOne};

  base::Mutex mutex_;
  std::vector<unsigned> vacant_ GUARDED_BY(mutex_);  // nobody works there
  bool has_told_of_vacancies_ GUARDED_BY(mutex_) = false;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace wserve::app
