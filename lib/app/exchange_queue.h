// First in, first out, linked through the exchanges themselves: pushing cannot fail.
#pragma once

#include <cstddef>
#include <utility>

#include "app/exchange.h"
#include "app/queue_limits.h"
#include "base/ref_counted.h"

namespace wserve::app {

class ExchangeQueue {
 public:
  ExchangeQueue() = default;
  ExchangeQueue(const ExchangeQueue&) = delete;
  ExchangeQueue& operator=(const ExchangeQueue&) = delete;
  ~ExchangeQueue() {
    while (pop()) {
    }
  }

  void set_limits(const QueueLimits& limits) noexcept { limits_ = limits; }
  // `free_threads` will take as many requests at once.
  [[nodiscard]] bool is_full(std::size_t free_threads) const noexcept {
    return limits_.most != 0 && size_ >= limits_.most + free_threads;
  }

  void push(base::Ref<Exchange> exchange) noexcept {
    Exchange* added = exchange.detach();
    added->next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = added;
    last_ = added;
    ++size_;
  }

  // Empty when the queue is.
  [[nodiscard]] base::Ref<Exchange> pop() noexcept {
    Exchange* taken = first_;
    if (taken != nullptr) {
      first_ = std::exchange(taken->next_, nullptr);
      last_ = first_ != nullptr ? last_ : nullptr;
      --size_;
    }
    return base::Ref<Exchange>::adopt(taken);
  }

  // The first, if it has waited too long.
  [[nodiscard]] base::Ref<Exchange> pop_overdue(base::Millis now) noexcept {
    const bool is_overdue = first_ != nullptr && limits_.longest > base::Millis(0) &&
                            now - first_->submitted_ >= limits_.longest;
    return is_overdue ? pop() : base::Ref<Exchange>();
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }

 private:
  Exchange* first_ = nullptr;
  Exchange* last_ = nullptr;
  std::size_t size_ = 0;
  QueueLimits limits_;
};

}  // namespace wserve::app
