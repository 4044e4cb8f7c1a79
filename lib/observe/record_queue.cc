// A list with a lock, and a thread that is not woken for each of its items.
#include "observe/record_queue.h"

#include <utility>

namespace wserve::observe {

using app::Observation;

namespace {

// Behind a turn the runner sleeps so long, and nobody has to wake it.
constexpr std::chrono::milliseconds kNap{10};

}  // namespace

RecordQueue::~RecordQueue() {
  while (first_ != nullptr) {
    const auto dropped = base::Ref<Observation>::adopt(first_);
    first_ = dropped->next_;
  }
}

void RecordQueue::on_end(Observation& seen) noexcept {
  base::MutexLock lock(mutex_);
  if (is_closed_) {
    return;
  }
  const std::size_t size = seen.size();
  if (records_ >= kMaxRecords || bytes_ + size > kMaxBytes) {
    ++lost_;
    return;
  }
  seen.retain();
  (last_ != nullptr ? last_->next_ : first_) = &seen;
  last_ = &seen;
  ++records_;
  bytes_ += size;
  const bool is_filling = records_ == kMaxRecords / 4 || bytes_ > kMaxBytes / 4;
  if (runner_ == Runner::kAsleep || (runner_ == Runner::kNapping && is_filling)) {
    runner_ = Runner::kBusy;
    changed_.notify_one();
  }
}

void RecordQueue::close() noexcept {
  base::MutexLock lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

Observation* RecordQueue::wait_for_some(std::uint64_t& lost) {
  base::MutexLock lock(mutex_);
  if (!is_closed_) {
    runner_ = Runner::kNapping;
    changed_.wait_for(mutex_, kNap);
  }
  while (first_ == nullptr && !is_closed_) {
    runner_ = Runner::kAsleep;
    changed_.wait(mutex_);
  }
  runner_ = Runner::kBusy;
  lost = std::exchange(lost_, 0);
  last_ = nullptr;
  records_ = bytes_ = 0;
  return std::exchange(first_, nullptr);
}

void RecordQueue::run(const Take& take, const Pause& pause) {
  std::uint64_t lost = 0;
  while (Observation* next = wait_for_some(lost)) {
    while (next != nullptr) {
      const auto taken = base::Ref<Observation>::adopt(next);
      next = std::exchange(taken->next_, nullptr);
      take(*taken);
    }
    pause(lost);
  }
  pause(lost);
}

}  // namespace wserve::observe
