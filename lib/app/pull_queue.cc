// Waiting for requests on somebody else's thread.
#include "app/pull_queue.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace wserve::app {

using base::Code;

Status PullSeat::open() {
  event_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  return event_.is_open() ? Status() : base::system_failure("eventfd", errno);
}

void PullSeat::wake() noexcept {
  is_woken_.store(true);
  signal();
}

void PullSeat::signal() noexcept {
  const int kept_errno = errno;
  is_signalled_.store(true);
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));  // full is as good as written
  errno = kept_errno;
}

void PullSeat::drain() noexcept {
  if (is_signalled_.exchange(false)) {
    std::uint64_t count = 0;
    static_cast<void>(::read(event_.get(), &count, sizeof count));
  }
}

Status PullSeat::wait(std::chrono::milliseconds limit) noexcept {
  pollfd waited{.fd = event_.get(), .events = POLLIN, .revents = 0};
  const int ready = ::poll(&waited, 1, static_cast<int>(limit.count()));
  if (ready > 0) {
    return {};
  }
  return ready == 0 ? Code::kTimeout : Code::kInterrupted;
}

void PullQueue::join(PullSeat& /*seat*/) {
  base::MutexLock lock(mutex_);
  ++seats_;
  idle_.reserve(seats_);
}

void PullQueue::leave(PullSeat& seat) noexcept {
  base::MutexLock lock(mutex_);
  --seats_;
  std::erase(idle_, &seat);
  note_arrived(seat);
  // It may have been called for a request that it will not take.
  call_one();
}

bool PullQueue::has_seats() const noexcept {
  base::MutexLock lock(mutex_);
  return seats_ > 0;
}

Status PullQueue::next(PullSeat& seat, Wait limit, base::Ref<Exchange>& exchange) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::max(limit, Wait(0));
  for (;;) {
    Status taken = take_or_arm(seat, exchange);
    if (taken.code() != Code::kTimeout || limit == Wait(0)) {
      return taken;
    }
    if (has_ended_waiting()) {
      return Code::kInterrupted;
    }
    Wait left = limit;
    if (limit > Wait(0)) {
      left = std::max(Wait(0), std::chrono::ceil<Wait>(deadline - Clock::now()));
    }
    if (Status waited = seat.wait(left); !waited.is_ok() && disarm(seat)) {
      return waited;
    }
  }
}

Status PullQueue::take_or_arm(PullSeat& seat, base::Ref<Exchange>& exchange) {
  for (;;) {
    if (seat.take_wake()) {
      return Code::kInterrupted;
    }
    exchange = take(seat);
    if (!exchange) {
      return arm_state(seat);
    }
    exchange->run(filters_);
    if (exchange->is_handed_on()) {
      return {};
    }
    exchange.reset();
  }
}

base::Ref<Exchange> PullQueue::take(PullSeat& seat) noexcept {
  base::MutexLock lock(mutex_);
  note_arrived(seat);
  base::Ref<Exchange> taken = queue_.pop();
  if (taken) {
    call_one();
  } else if (!is_closed_) {
    // Drained before the seat can be called again: a signal that comes later must stay.
    seat.drain();
    if (std::find(idle_.begin(), idle_.end(), &seat) == idle_.end()) {
      idle_.push_back(&seat);
    }
  }
  return taken;
}

Status PullQueue::arm_state(PullSeat& seat) noexcept {
  base::MutexLock lock(mutex_);
  if (is_closed_) {
    return Code::kClosed;
  }
  // A wake that came before the drain would be lost to poll(2).
  return seat.take_wake() ? Code::kInterrupted : Code::kTimeout;
}

// False when the seat was called meanwhile: a request waits for it.
bool PullQueue::disarm(PullSeat& seat) noexcept {
  base::MutexLock lock(mutex_);
  if (std::erase(idle_, &seat) == 0 && !queue_.is_empty()) {
    return false;
  }
  note_arrived(seat);
  return true;
}

void PullQueue::set_queue_limits(const QueueLimits& limits) noexcept {
  base::MutexLock lock(mutex_);
  queue_.set_limits(limits);
}

void PullQueue::submit(base::Ref<Exchange> exchange) noexcept {
  if (enqueue(exchange)) {
    return;
  }
  exchange->turn_away();
}

// False when the queue is full; the exchange is then still the caller's.
bool PullQueue::enqueue(base::Ref<Exchange>& exchange) noexcept {
  base::MutexLock lock(mutex_);
  if (queue_.is_full(idle_.size() + called_)) {
    return false;
  }
  queue_.push(std::move(exchange));
  return true;
}

void PullQueue::hand_over() noexcept {
  base::MutexLock lock(mutex_);
  call_one();
}

void PullQueue::tick(base::Millis now) noexcept {
  while (const base::Ref<Exchange> overdue = pop_overdue(now)) {
    overdue->turn_away();
  }
}

base::Ref<Exchange> PullQueue::pop_overdue(base::Millis now) noexcept {
  base::MutexLock lock(mutex_);
  return queue_.pop_overdue(now);
}

std::size_t PullQueue::waiting() const noexcept {
  base::MutexLock lock(mutex_);
  return queue_.size();
}

bool PullQueue::is_behind() const noexcept {
  base::MutexLock lock(mutex_);
  return queue_.size() > idle_.size() + called_;
}

void PullQueue::close() noexcept {
  base::MutexLock lock(mutex_);
  is_closed_ = true;
  signal_idle();
}

void PullQueue::end_waiting() noexcept {
  has_ended_waiting_.store(true);
  base::MutexLock lock(mutex_);
  signal_idle();
}

void PullQueue::signal_idle() noexcept {
  for (PullSeat* seat : idle_) {
    seat->signal();
  }
}

// It is on its way no longer.
void PullQueue::note_arrived(PullSeat& seat) noexcept {
  called_ -= std::exchange(seat.is_called_, false) ? 1U : 0U;
}

void PullQueue::call_one() noexcept {
  if (idle_.empty() || queue_.is_empty()) {
    return;
  }
  PullSeat* seat = idle_.back();
  idle_.pop_back();
  seat->is_called_ = true;
  ++called_;
  if (!seat->is_turning_.load()) {
    seat->signal();
  }
}

}  // namespace wserve::app
