// The queue of sinks that the loop is to look after.
#include "net/events/loop_waker.h"

#include <utility>

namespace wserve::net {

base::Ref<LoopWaker> LoopWaker::make() {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  return base::Ref<LoopWaker>(new LoopWaker);
}

void LoopWaker::enqueue(LoopSink& sink) noexcept {
  {
    base::MutexLock lock(mutex_);
    if (is_closed_ || sink.is_queued_) {
      return;
    }
    sink.is_queued_ = true;
    sink.next_queued_ = nullptr;
    sink.retain();
    const bool is_first = first_ == nullptr;
    (is_first ? first_ : last_->next_queued_) = &sink;
    last_ = &sink;
    if (!is_first) {
      return;  // whoever came first has notified the loop
    }
  }
  notify();
}

bool LoopWaker::bring(base::UniqueFd& socket, const gateway::Endpoint& endpoint) {
  {
    base::MutexLock lock(mutex_);
    if (is_closed_) {
      return false;
    }
    Arrival& arrival = arrivals_.emplace_back();
    arrival.endpoint = endpoint;
    arrival.socket = std::move(socket);
  }
  notify();
  return true;
}

std::vector<Arrival> LoopWaker::take_arrivals() noexcept {
  base::MutexLock lock(mutex_);
  return std::exchange(arrivals_, {});
}

base::Ref<LoopSink> LoopWaker::next_queued() noexcept {
  base::MutexLock lock(mutex_);
  LoopSink* caller = first_;
  if (caller != nullptr) {
    first_ = caller->next_queued_;
    last_ = first_ != nullptr ? last_ : nullptr;
    caller->is_queued_ = false;
  }
  return base::Ref<LoopSink>::adopt(caller);
}

void LoopWaker::close() noexcept {
  {
    base::MutexLock lock(mutex_);
    is_closed_ = true;
  }
  while (next_queued()) {
  }
}

}  // namespace wserve::net
