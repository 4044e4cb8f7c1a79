// The hand-over between loops that submit and threads that take.
#include "app/request_queue.h"

#include <algorithm>
#include <utility>

namespace wserve::app {

using base::Code;

void RequestQueue::join(Waiter& /*waiter*/) {
  base::MutexLock lock(mutex_);
  idle_.reserve(waiters_ + 1);
  ++waiters_;
}

void RequestQueue::leave(Waiter& waiter) noexcept {
  base::Condition* called = nullptr;
  {
    base::MutexLock lock(mutex_);
    --waiters_;
    make_away(waiter);
    called = call_one();  // it may have been called for a request that it will not take
  }
  notify(called);
}

bool RequestQueue::has_waiters() const noexcept {
  base::MutexLock lock(mutex_);
  return waiters_ > 0;
}

void RequestQueue::arm(Waiter& waiter) noexcept {
  base::Condition* called = nullptr;
  {
    base::MutexLock lock(mutex_);
    if (waiter.place_ == Place::kAway) {
      make_idle(waiter);
      called = has_ended_sleep_ || is_closed_ ? call(waiter) : call_one();
    }
  }
  notify(called);
}

Code RequestQueue::next(Waiter& waiter, const base::TimeLimit& limit,
                        base::Ref<Exchange>& exchange) {
  base::Condition* called = nullptr;
  Code code = Code::kOk;
  {
    base::MutexLock lock(mutex_);
    code = take_or_sleep(waiter, limit, exchange, called);
  }
  notify(called);
  return code;
}

Code RequestQueue::take_or_sleep(Waiter& waiter, const base::TimeLimit& limit,
                                 base::Ref<Exchange>& exchange, base::Condition*& called) {
  for (;;) {
    if (waiter.take_wake()) {
      return turn_back(waiter, Code::kInterrupted);
    }
    exchange = list_.pop();
    if (exchange) {
      on_taken(waiter);
      called = call_one();
      return Code::kOk;
    }
    if (is_closed_) {
      return Code::kClosed;
    }
    make_idle(waiter);
    // What a wake had set before is cleared now.
    if (waiter.take_wake() || (has_ended_sleep_ && !limit.is_none())) {
      return turn_back(waiter, Code::kInterrupted);
    }
    const Code slept = limit.is_none() ? Code::kTimeout : waiter.sleep(mutex_, limit.left());
    const bool is_called_for_one = waiter.place_ == Place::kCalled && !list_.is_empty();
    if (slept != Code::kOk && !is_called_for_one) {
      return turn_back(waiter, slept);
    }
  }
}

// It takes no request, and no call unless somebody watches for it.
Code RequestQueue::turn_back(Waiter& waiter, Code why) noexcept {
  if (!waiter.is_watched()) {
    make_away(waiter);
  }
  return why;
}

// Its thread is busy from here on. Who watches an idle waiter meanwhile must learn that it is idle
// no longer.
void RequestQueue::on_taken(Waiter& waiter) noexcept {
  if (waiter.place_ == Place::kIdle && waiter.is_watched()) {
    static_cast<void>(waiter.call());
  }
  make_away(waiter);
}

void RequestQueue::make_idle(Waiter& waiter) noexcept {
  // Cleared before the waiter can be called again: a call that comes later must stay.
  waiter.begin_rest();
  if (waiter.place_ != Place::kIdle) {
    make_away(waiter);
    waiter.place_ = Place::kIdle;
    idle_.push_back(&waiter);
  }
}

void RequestQueue::make_away(Waiter& waiter) noexcept {
  const Place before = std::exchange(waiter.place_, Place::kAway);
  if (before == Place::kIdle) {
    std::erase(idle_, &waiter);
  }
  called_ -= before == Place::kCalled ? 1U : 0U;
}

base::Condition* RequestQueue::call(Waiter& waiter) noexcept {
  make_away(waiter);
  waiter.place_ = Place::kCalled;
  ++called_;
  return waiter.call();
}

// What is to be notified, null when nobody needs to be called.
base::Condition* RequestQueue::call_one() noexcept {
  const bool is_one_enough = calls_ == Calls::kOne && called_ > 0;
  if (idle_.empty() || list_.is_empty() || is_one_enough) {
    return nullptr;
  }
  return call(*idle_.back());
}

void RequestQueue::call_all() noexcept {
  while (!idle_.empty()) {
    notify(call(*idle_.back()));
  }
}

void RequestQueue::notify(base::Condition* called) noexcept {
  if (called != nullptr) {
    called->notify_one();
  }
}

void RequestQueue::end_sleep() noexcept {
  base::MutexLock lock(mutex_);
  has_ended_sleep_ = true;
  call_all();
}

void RequestQueue::close() noexcept {
  base::MutexLock lock(mutex_);
  is_closed_ = true;
  call_all();
}

void RequestQueue::set_queue_limits(const QueueLimits& limits) noexcept {
  base::MutexLock lock(mutex_);
  limits_ = limits;
}

void RequestQueue::submit(base::Ref<Exchange> exchange) noexcept {
  std::size_t depth = 0;
  if (!push(exchange, depth)) {
    exchange->reject(Cause::kQueueFull);
  }
}

bool RequestQueue::push(base::Ref<Exchange>& exchange, std::size_t& depth) noexcept {
  base::MutexLock lock(mutex_);
  const std::size_t free = free_waiters();
  depth = free == 0 ? list_.size() + 1 : 0;
  if (limits_.max_waiting != 0 && list_.size() >= limits_.max_waiting + free) {
    return false;
  }
  exchange->set_submitted(time_.at(exchange->submitted()));
  list_.push(std::move(exchange));
  return true;
}

void RequestQueue::hand_over() noexcept {
  base::Condition* called = nullptr;
  {
    base::MutexLock lock(mutex_);
    called = call_one();
  }
  notify(called);
}

void RequestQueue::tick(base::Millis now) noexcept {
  look_whether_behind(now);
  while (const base::Ref<Exchange> overdue = pop_overdue(now)) {
    overdue->reject(Cause::kQueueTimeout);
  }
}

void RequestQueue::look_whether_behind(base::Millis now) noexcept {
  base::MutexLock lock(mutex_);
  const base::Millis counted = time_.at(now);
  behind_for_ = list_.is_empty() ? base::Millis(0) : counted - list_.first()->submitted();
  if (limits_.max_waiting == 0 || list_.size() < limits_.max_waiting) {
    full_since_.reset();
  } else {
    full_since_ = full_since_.value_or(counted);
    behind_for_ = std::max(behind_for_, counted - *full_since_);
  }
}

base::Millis RequestQueue::behind_for() const noexcept {
  base::MutexLock lock(mutex_);
  return list_.is_empty() ? base::Millis(0) : behind_for_;
}

// The first, if it has waited too long.
base::Ref<Exchange> RequestQueue::pop_overdue(base::Millis now) noexcept {
  base::MutexLock lock(mutex_);
  const base::Millis counted = time_.at(now);
  const bool is_overdue = !list_.is_empty() && limits_.max_wait > base::Millis(0) &&
                          counted - list_.first()->submitted() >= limits_.max_wait;
  return is_overdue ? list_.pop() : base::Ref<Exchange>();
}

std::size_t RequestQueue::waiting() const noexcept {
  base::MutexLock lock(mutex_);
  return list_.size();
}

Dispatcher::Workers RequestQueue::workers() const noexcept {
  base::MutexLock lock(mutex_);
  return {.busy = waiters_ - free_waiters(), .idle = free_waiters()};
}

bool RequestQueue::is_behind() const noexcept {
  base::MutexLock lock(mutex_);
  return list_.size() > free_waiters();
}

}  // namespace wserve::app
