// Time limits of connections: lists in which everybody waits equally long, so the first is due
// first.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace wserve::net {

// What a connection is waiting for.
enum class Waiting : std::uint8_t {
  kNothing,
  kFirstByte,  // of the next request
  kHead,       // the rest of a request head
  kBody,       // more of a request body
  kAnswer,     // the application: no limit
  kClient,     // that the client takes output
  kLingering,  // that the client closes too
};
inline constexpr std::size_t kWaitingKinds = 7;

// A member of what is timed; it leaves its list when it dies.
class DeadlineHook {
 public:
  DeadlineHook() = default;
  DeadlineHook(const DeadlineHook&) = delete;
  DeadlineHook& operator=(const DeadlineHook&) = delete;
  ~DeadlineHook() { unlink(); }

  void unlink() noexcept {
    if (next_ != nullptr) {
      next_->previous_ = previous_;
      previous_->next_ = next_;
      next_ = previous_ = nullptr;
    }
  }
  [[nodiscard]] Waiting waiting() const noexcept { return waiting_; }
  // When the wait began.
  [[nodiscard]] base::Millis since() const noexcept { return since_; }

 private:
  friend class Deadlines;
  DeadlineHook* previous_ = nullptr;
  DeadlineHook* next_ = nullptr;
  base::Millis since_{0};
  Waiting waiting_ = Waiting::kNothing;
};

// Loop thread only. Starting a wait costs a few pointer writes; no timer is touched.
class Deadlines {
 public:
  Deadlines() noexcept;
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;
  ~Deadlines();

  // Zero means no limit.
  void set_limit(Waiting kind, base::Millis limit) noexcept;

  // Begins a wait of this kind now, or begins it again.
  void wait(DeadlineHook& hook, Waiting kind, base::Millis now) noexcept;

  // The next hook of the kind whose time is up, null when there is none. It stays in its list: the
  // caller begins another wait, or lets it die.
  [[nodiscard]] DeadlineHook* expired(Waiting kind, base::Millis now) noexcept;

  // How many wait for this; it goes through all of them.
  [[nodiscard]] std::size_t count(Waiting kind) noexcept;

  // The first of a kind, and the one behind another; null at the end.
  [[nodiscard]] DeadlineHook* first(Waiting kind) noexcept;
  [[nodiscard]] DeadlineHook* after(DeadlineHook& hook) noexcept;

 private:
  struct List {
    DeadlineHook ring;  // the head of a circular list
    base::Millis limit{0};
  };
  [[nodiscard]] List& list_of(Waiting kind) noexcept {
    return lists_[static_cast<std::size_t>(kind)];
  }

  std::array<List, kWaitingKinds> lists_;
};

}  // namespace wserve::net
