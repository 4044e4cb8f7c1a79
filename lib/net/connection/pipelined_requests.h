// Requests that a client has sent behind the one that is answered, and that were read already.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "app/exchange.h"

namespace wserve::net {

// They wait for the thread that answers the one before them. Those that it does not take are
// forgotten, and read again from their bytes.
class PipelinedRequests {
 public:
  PipelinedRequests() = default;
  PipelinedRequests(const PipelinedRequests&) = delete;
  PipelinedRequests& operator=(const PipelinedRequests&) = delete;
  ~PipelinedRequests() { forget(); }

  [[nodiscard]] std::uint32_t left() const noexcept { return size_ - taken_; }
  [[nodiscard]] bool is_full() const noexcept { return size_ == items_.size(); }

  // Behind the others; it has so many bytes. There must be room.
  void add(base::Ref<app::Exchange> exchange, std::size_t bytes) noexcept {
    items_[size_++] = {std::move(exchange), bytes};
  }
  // Its thread comes for them from here on.
  void hand_over() noexcept { is_handed_over_ = true; }
  [[nodiscard]] bool is_handed_over() const noexcept { return is_handed_over_; }
  // It comes no more.
  void take_back() noexcept { is_handed_over_ = false; }

  // There must be one left.
  [[nodiscard]] base::Ref<app::Exchange> take() noexcept {
    taken_bytes_ += items_[taken_].bytes;
    return std::move(items_[taken_++].exchange);
  }
  [[nodiscard]] std::size_t taken_bytes() const noexcept { return taken_bytes_; }

  struct Count {
    std::size_t taken_bytes = 0;
    std::uint32_t forgotten = 0;
  };
  // Nobody answers those that are left.
  Count forget() noexcept {
    const Count count{taken_bytes_, left()};
    while (left() > 0) {
      items_[taken_].exchange->forget();
      items_[taken_++].exchange.reset();
    }
    is_handed_over_ = false;
    taken_bytes_ = 0;
    size_ = taken_ = 0;
    return count;
  }

 private:
  static constexpr std::size_t kMax = 15;

  struct Item {
    base::Ref<app::Exchange> exchange;
    std::size_t bytes = 0;
  };
  std::array<Item, kMax> items_;
  std::size_t taken_bytes_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t taken_ = 0;
  bool is_handed_over_ = false;
};

}  // namespace wserve::net
