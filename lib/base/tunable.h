// A number that one thread may change while others read it: each reads the old or the new one.
#pragma once

#include <atomic>

namespace wserve::base {

template <class T>
class Tunable {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for its value.
  constexpr Tunable(T value) noexcept : value_(value) {}
  Tunable(const Tunable& other) noexcept : value_(other.get()) {}
  Tunable& operator=(const Tunable& other) noexcept { return *this = other.get(); }
  Tunable& operator=(T value) noexcept {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  ~Tunable() = default;

  [[nodiscard]] T get() const noexcept { return value_.load(std::memory_order_relaxed); }
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for its value.
  operator T() const noexcept { return get(); }

 private:
  std::atomic<T> value_;
};

}  // namespace wserve::base
