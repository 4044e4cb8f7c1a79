// What worker threads do, and who takes their place.
#include "app/worker_pool.h"

#include <chrono>

#include "base/guard.h"
#include "base/text.h"

namespace wserve::app {

using base::Severity;

WorkerPool::WorkerPool(unsigned threads, Application& application, const base::Clock& clock,
                       base::Log& log, Spawn spawn)
    : application_(application),
      log_(log),
      spawn_(std::move(spawn)),
      warning_(clock, log, threads),
      slots_(threads) {
  vacant_.reserve(threads);
  for (WorkerSlot& slot : slots_) {
    enter(slot);
  }
}

// Its thread is on the way. There is room for all slots since the pool was made.
void WorkerPool::enter(WorkerSlot& slot) {
  queue_.join(slot);
  queue_.arm(slot);
}

void WorkerPool::work(unsigned index) {
  const base::TimeLimit none(base::TimeLimit::Wait(-1));
  base::Ref<Exchange> exchange;
  while (queue_.next(slots_[index], none, exchange) == base::Code::kOk) {
    run_with_pipelined(std::move(exchange), slots_[index]);
  }
}

// And those that came together with it, as long as they take no time, or nobody else waits.
void WorkerPool::run_with_pipelined(base::Ref<Exchange> exchange, WorkerSlot& slot) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kTurn{1};
  if (!exchange->has_pipelined()) {
    exchange->run(application_);
    return;
  }
  const Clock::time_point end = Clock::now() + kTurn;
  for (;;) {
    exchange->run(application_);
    exchange = exchange->take_pipelined(queue_.waiting() == 0 || Clock::now() < end);
    if (!exchange) {
      return;
    }
    slot.count_pipelined();
  }
}

std::uint64_t WorkerPool::taken_pipelined() const noexcept {
  std::uint64_t sum = 0;
  for (const WorkerSlot& slot : slots_) {
    sum += slot.taken_pipelined();
  }
  return sum;
}

void WorkerPool::on_exited(unsigned index) noexcept {
  queue_.leave(slots_[index]);
  {
    base::MutexLock lock(mutex_);
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
    enter(slots_[index]);
    if (const base::Status spawned = spawn_(index); !spawned.is_ok()) {
      keep_vacancy(index, spawned);
      return;
    }
    on_spawned();
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

void WorkerPool::on_spawned() noexcept {
  base::MutexLock lock(mutex_);
  has_told_of_vacancies_ = false;
}

void WorkerPool::keep_vacancy(unsigned index, const base::Status& why) noexcept {
  std::size_t left = 0;
  queue_.leave(slots_[index]);
  {
    base::MutexLock lock(mutex_);
    vacant_.push_back(index);
    if (std::exchange(has_told_of_vacancies_, true)) {
      return;
    }
    left = slots_.size() - vacant_.size();
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    log_.write(Severity::kError,
               base::concat("no thread is to be had in its place, ", left, " of ", slots_.size(),
                            " are left; trying again: ", why.message()));
    return {};
  }));
}

void WorkerPool::submit(base::Ref<Exchange> exchange) noexcept {
  std::size_t depth = 0;
  const bool is_queued = queue_.push(exchange, depth);
  if (depth > 0) {
    warning_.on_depth(depth);
  }
  if (!is_queued) {
    exchange->reject(Cause::kQueueFull);
  }
}

void WorkerPool::tick(base::Millis now) noexcept {
  fill_vacancies();
  queue_.tick(now);
}

void WorkerPool::stop() noexcept {
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  queue_.close();
}

}  // namespace wserve::app
