// What happens now and then, counted for the statistics of a server.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "app/observation.h"

namespace wserve::app {

// Why a client was refused before the application had its request, or instead of its answer.
enum class RefusalReason : std::uint8_t {
  kMalformed,     // 400
  kTooSlow,       // 408
  kTooLarge,      // 413, 414, 431
  kUnsupported,   // 417, 501, 505
  kStorage,       // 503: no memory or file for it
  kAddressLimit,  // connection_limit_per_address
  kQueueLimit,
  kQueueTimeout,
  kRequestTimeout,
  kProxyProtocol,
};
inline constexpr std::size_t kRefusalReasons = 10;

// Whose time was over.
enum class TimeoutKind : std::uint8_t { kIdle, kHead, kBody, kWrite, kQueue, kRequest, kProxy };
inline constexpr std::size_t kTimeoutKinds = 7;

// Any thread. All threads of a server share them: nothing here is for what each request does.
class EventCounts {
 public:
  // By the cause, or by the status where that tells more. The time limit that was over is counted,
  // too.
  void count_refusal(int status, Cause cause) noexcept {
    switch (cause) {
      case Cause::kHeaderTimeout:
        count(RefusalReason::kTooSlow, TimeoutKind::kHead);
        break;
      case Cause::kBodyTimeout:
        count(RefusalReason::kTooSlow, TimeoutKind::kBody);
        break;
      case Cause::kRequestTimeout:
        count(RefusalReason::kRequestTimeout, TimeoutKind::kRequest);
        break;
      case Cause::kQueueTimeout:
        count(RefusalReason::kQueueTimeout, TimeoutKind::kQueue);
        break;
      case Cause::kQueueFull:
        count(RefusalReason::kQueueLimit);
        break;
      case Cause::kAddressLimit:
        count(RefusalReason::kAddressLimit);
        break;
      default:
        count(reason_of(status));
        break;
    }
  }
  void count(RefusalReason reason) noexcept { add(refusals_[static_cast<std::size_t>(reason)]); }
  void count(TimeoutKind kind) noexcept { add(timeouts_[static_cast<std::size_t>(kind)]); }
  void count_accepted() noexcept { add(accepted_); }

  [[nodiscard]] std::uint64_t of(RefusalReason reason) const noexcept {
    return get(refusals_[static_cast<std::size_t>(reason)]);
  }
  [[nodiscard]] std::uint64_t of(TimeoutKind kind) const noexcept {
    return get(timeouts_[static_cast<std::size_t>(kind)]);
  }
  [[nodiscard]] std::uint64_t accepted() const noexcept { return get(accepted_); }

 private:
  [[nodiscard]] static RefusalReason reason_of(int status) noexcept {
    switch (status) {
      case 413:
      case 414:
      case 431:
        return RefusalReason::kTooLarge;
      case 417:
      case 501:
      case 505:
        return RefusalReason::kUnsupported;
      case 503:
        return RefusalReason::kStorage;
      default:
        return RefusalReason::kMalformed;
    }
  }
  void count(RefusalReason reason, TimeoutKind kind) noexcept {
    count(reason);
    count(kind);
  }

  using Number = std::atomic<std::uint64_t>;
  static void add(Number& number) noexcept { number.fetch_add(1, std::memory_order_relaxed); }
  static std::uint64_t get(const Number& number) noexcept {
    return number.load(std::memory_order_relaxed);
  }

  std::array<Number, kRefusalReasons> refusals_{};
  std::array<Number, kTimeoutKinds> timeouts_{};
  Number accepted_{0};
};

}  // namespace wserve::app
