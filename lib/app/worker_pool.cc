// The hand-over between one submitting thread and many workers.
#include "app/worker_pool.h"

#include "base/guard.h"
#include "base/text.h"

namespace wserve::app {

using base::Severity;

WorkerPool::WorkerPool(unsigned threads, Application& application, const base::Clock& clock,
                       base::Log& log, Hire hire)
    : application_(application),
      log_(log),
      hire_(std::move(hire)),
      warning_(clock, log, threads),
      seats_(threads) {
  idle_.reserve(threads);
  vacant_.reserve(threads);
}

void WorkerPool::work(unsigned index) {
  Seat& seat = seats_[index];
  while (base::Ref<Exchange> exchange = take(seat)) {
    exchange->run(application_);
  }
}

void WorkerPool::vacate(unsigned index) noexcept {
  {
    base::MutexLock lock(mutex_);
    busy_ -= std::exchange(seats_[index].is_busy, false) ? 1U : 0U;
    if (is_stopping_) {
      return;
    }
    vacant_.push_back(index);
  }
  log_.write(Severity::kError, "the application has ended its thread; another takes its place");
  fill_vacancies();
}

void WorkerPool::fill_vacancies() noexcept {
  unsigned index = 0;
  while (take_vacancy(index)) {
    if (const base::Status hired = hire_(index); !hired.is_ok()) {
      keep_vacancy(index, hired);
      return;
    }
    note_hired();
  }
}

bool WorkerPool::take_vacancy(unsigned& index) noexcept {
  base::MutexLock lock(mutex_);
  if (vacant_.empty() || is_stopping_) {
    return false;
  }
  index = vacant_.back();
  vacant_.pop_back();
  return true;
}

void WorkerPool::note_hired() noexcept {
  base::MutexLock lock(mutex_);
  has_told_of_vacancies_ = false;
}

void WorkerPool::keep_vacancy(unsigned index, const base::Status& why) noexcept {
  std::size_t left = 0;
  {
    base::MutexLock lock(mutex_);
    vacant_.push_back(index);
    if (std::exchange(has_told_of_vacancies_, true)) {
      return;
    }
    left = seats_.size() - vacant_.size();
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    log_.write(Severity::kError,
               base::concat("no thread is to be had in its place, ", left, " of ", seats_.size(),
                            " are left; trying again: ", why.message()));
    return {};
  }));
}

void WorkerPool::set_queue_limits(const QueueLimits& limits) noexcept {
  base::MutexLock lock(mutex_);
  queue_.set_limits(limits);
}

void WorkerPool::submit(base::Ref<Exchange> exchange) noexcept {
  std::size_t depth = 0;
  const bool is_queued = enqueue(exchange, depth);
  if (depth > 0) {
    warning_.note(depth);
  }
  if (!is_queued) {
    exchange->turn_away();
  }
}

// False when the queue is full; the exchange is then still the caller's. `depth` is how many wait
// when no thread is free, else 0.
bool WorkerPool::enqueue(base::Ref<Exchange>& exchange, std::size_t& depth) noexcept {
  base::MutexLock lock(mutex_);
  depth = free_threads() == 0 ? queue_.size() + 1 : 0;
  if (queue_.is_full(free_threads())) {
    return false;
  }
  queue_.push(std::move(exchange));
  return true;
}

void WorkerPool::hand_over() noexcept {
  Seat* called = nullptr;
  {
    base::MutexLock lock(mutex_);
    called = next_called();
  }
  notify(called);
}

void WorkerPool::tick(base::Millis now) noexcept {
  fill_vacancies();
  while (const base::Ref<Exchange> overdue = pop_overdue(now)) {
    overdue->turn_away();
  }
}

base::Ref<Exchange> WorkerPool::pop_overdue(base::Millis now) noexcept {
  base::MutexLock lock(mutex_);
  return queue_.pop_overdue(now);
}

std::size_t WorkerPool::waiting() const noexcept {
  base::MutexLock lock(mutex_);
  return queue_.size();
}

void WorkerPool::stop() noexcept {
  base::MutexLock lock(mutex_);
  is_stopping_ = true;
  for (Seat* seat : idle_) {
    seat->is_called = true;
    seat->wake.notify_one();
  }
  idle_.clear();
}

base::Ref<Exchange> WorkerPool::take(Seat& seat) {
  Seat* called = nullptr;
  base::Ref<Exchange> taken = take_or_sleep(seat, called);
  notify(called);
  return taken;
}

base::Ref<Exchange> WorkerPool::take_or_sleep(Seat& seat, Seat*& called) {
  base::MutexLock lock(mutex_);
  busy_ -= std::exchange(seat.is_busy, false) ? 1U : 0U;
  while (queue_.is_empty()) {
    if (is_stopping_) {
      return {};
    }
    idle_.push_back(&seat);
    seat.is_called = false;
    while (!seat.is_called) {
      seat.wake.wait(mutex_);
    }
    is_one_called_ = false;
  }
  base::Ref<Exchange> taken = queue_.pop();
  seat.is_busy = true;
  ++busy_;
  called = next_called();
  return taken;
}

// The worker that shall be woken, null when none is needed.
WorkerPool::Seat* WorkerPool::next_called() noexcept {
  if (is_one_called_ || idle_.empty() || queue_.is_empty()) {
    return nullptr;
  }
  Seat* seat = idle_.back();
  idle_.pop_back();
  is_one_called_ = true;
  seat->is_called = true;
  return seat;
}

// Without the lock, which the woken thread would only have to wait for.
void WorkerPool::notify(Seat* called) noexcept {
  if (called != nullptr) {
    called->wake.notify_one();
  }
}

}  // namespace wserve::app
