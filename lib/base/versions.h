// A value that many threads read while one replaces it now and then. Former versions stay until the
// end, for a reader may still be looking at one: this is for what people change by hand.
#pragma once

#include <atomic>
#include <forward_list>
#include <utility>

namespace wserve::base {

template <class T>
class Versions {
 public:
  Versions() : all_(1), now_(&all_.front()) {}
  Versions(const Versions&) = delete;
  Versions& operator=(const Versions&) = delete;
  ~Versions() = default;

  // Any thread.
  [[nodiscard]] const T& now() const noexcept { return *now_.load(std::memory_order_acquire); }

  // Before anybody reads.
  [[nodiscard]] T& edit() noexcept { return all_.front(); }

  // One thread at a time.
  void replace(T next) {
    now_.store(&all_.emplace_front(std::move(next)), std::memory_order_release);
  }

 private:
  std::forward_list<T> all_;  // the newest first
  std::atomic<const T*> now_;
};

}  // namespace wserve::base
