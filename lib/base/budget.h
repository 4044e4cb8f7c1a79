// Bytes that the connections of a server may keep all together.
#pragma once

#include <atomic>
#include <cstdint>

namespace wserve::base {

// Any thread.
class Budget {
 public:
  // Before anybody takes part; 0: no limit.
  void set_limit(std::uint64_t bytes) noexcept { limit_ = bytes; }
  [[nodiscard]] bool has_limit() const noexcept { return limit_ != 0; }

  // False, and nothing is taken, when so much is not left.
  [[nodiscard]] bool take(std::uint64_t bytes) noexcept {
    const std::uint64_t after = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (limit_ == 0 || after <= limit_) {
      if (after > peak_.load(std::memory_order_relaxed)) {
        peak_.store(after, std::memory_order_relaxed);  // of two at once either may win
      }
      return true;
    }
    give_back(bytes);
    return false;
  }
  void give_back(std::uint64_t bytes) noexcept {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t used() const noexcept {
    return used_.load(std::memory_order_relaxed);
  }

  // So many more bytes were taken than are now, and less than half of them are left.
  [[nodiscard]] bool has_fallen_by(std::uint64_t bytes) const noexcept {
    const std::uint64_t peak = peak_.load(std::memory_order_relaxed);
    return peak >= used() + bytes && peak / 2 >= used();
  }
  void forget_peak() noexcept { peak_.store(used(), std::memory_order_relaxed); }

 private:
  std::uint64_t limit_ = 0;
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> peak_{0};  // since it was forgotten
};

// What one holder of bytes has taken. The first block is free, so that small requests touch nothing
// that threads share: how many there are is limited by other means. One thread at a time.
class BudgetShare {
 public:
  static constexpr std::uint64_t kBlock = 16 * 1024;

  BudgetShare() = default;
  BudgetShare(const BudgetShare&) = delete;
  BudgetShare& operator=(const BudgetShare&) = delete;
  ~BudgetShare() { drop(); }

  // The holder keeps this many bytes from now on. False when the budget has not so many left.
  [[nodiscard]] bool cover(Budget& budget, std::uint64_t bytes) noexcept {
    return bytes <= covered_ || grow(budget, bytes);
  }
  // The holder keeps nothing any more.
  void drop() noexcept {
    if (budget_ != nullptr) {
      budget_->give_back(covered_ - kBlock);
      budget_ = nullptr;
      covered_ = kBlock;
    }
  }

 private:
  [[nodiscard]] bool grow(Budget& budget, std::uint64_t bytes) noexcept {
    const std::uint64_t blocks = (bytes + kBlock - 1) / kBlock * kBlock;
    if (!budget.take(blocks - covered_)) {
      return false;
    }
    budget_ = &budget;
    covered_ = blocks;
    return true;
  }

  Budget* budget_ = nullptr;  // null while only the free block is covered
  std::uint64_t covered_ = kBlock;
};

}  // namespace wserve::base
