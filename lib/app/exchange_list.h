// First in, first out, linked through the exchanges themselves: pushing cannot fail.
#pragma once

#include <cstddef>
#include <utility>

#include "app/exchange.h"
#include "base/ref_counted.h"

namespace wserve::app {

class ExchangeList {
 public:
  ExchangeList() = default;
  ExchangeList(const ExchangeList&) = delete;
  ExchangeList& operator=(const ExchangeList&) = delete;
  ~ExchangeList() {
    while (pop()) {
    }
  }

  void push(base::Ref<Exchange> exchange) noexcept {
    Exchange* added = exchange.detach();
    added->next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = added;
    last_ = added;
    ++size_;
  }

  // Empty when the list is.
  [[nodiscard]] base::Ref<Exchange> pop() noexcept {
    Exchange* taken = first_;
    if (taken != nullptr) {
      first_ = std::exchange(taken->next_, nullptr);
      last_ = first_ != nullptr ? last_ : nullptr;
      --size_;
    }
    return base::Ref<Exchange>::adopt(taken);
  }

  // Null when the list is empty.
  [[nodiscard]] const Exchange* first() const noexcept { return first_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }

 private:
  Exchange* first_ = nullptr;
  Exchange* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace wserve::app
