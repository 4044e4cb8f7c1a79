// Shared ownership with the count inside the object, so that a handle can cross the C ABI.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace wserve::base {

// Derived says what the last release does: `void last_released() noexcept`. Any thread.
template <typename Derived>
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    // Who holds the only reference is alone: nobody is left to retain it meanwhile.
    const bool is_only = count_.load(std::memory_order_acquire) == 1;
    if (is_only) {
      count_.store(0, std::memory_order_relaxed);
    }
    if (is_only || count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      static_cast<Derived*>(this)->last_released();
    }
  }

 protected:
  ~RefCounted() = default;

 private:
  std::atomic<std::uint32_t> count_{0};
};

// Holds one reference.
template <typename T>
class Ref {  // NOLINT(cppcoreguidelines-special-member-functions): operator= takes a value
 public:
  Ref() noexcept = default;
  explicit Ref(T* object) noexcept : object_(object) {
    if (object_ != nullptr) {
      object_->retain();
    }
  }
  Ref(const Ref& other) noexcept : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(other.detach()) {}
  // By value: serves copies and moves.
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() { reset(); }

  // Takes over a reference that detach() gave up.
  [[nodiscard]] static Ref adopt(T* object) noexcept {
    Ref ref;
    ref.object_ = object;
    return ref;
  }

  [[nodiscard]] T* get() const noexcept { return object_; }
  [[nodiscard]] T* detach() noexcept { return std::exchange(object_, nullptr); }
  void reset() noexcept {
    if (T* object = detach(); object != nullptr) {
      object->release();
    }
  }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

}  // namespace wserve::base
