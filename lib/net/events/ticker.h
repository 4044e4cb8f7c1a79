// What comes back again and again, for one event loop.
#pragma once

#include "base/clock.h"
#include "base/unique_fd.h"
#include "net/events/event.h"

namespace wserve::net {

// Loop thread only.
class Ticker {
 public:
  Ticker() = default;
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  // A host program that waits on the loop's epoll descriptor sees nothing of libevent's own timers:
  // for it the ticker has a descriptor.
  enum class Seen : bool { kByLoop, kByHost };

  using Tick = void (*)(void* data);

  // `tick` gets `data` at each tick. kSystem when no descriptor is left.
  base::Status open(event_base* base, Seen seen, Tick tick, void* data);

  // The first tick comes after one period. False when it does not start, or end.
  [[nodiscard]] bool start(base::Millis period) noexcept;
  [[nodiscard]] bool stop() noexcept;

 private:
  static void on_tick(int timer, short what, void* self) noexcept;

  Tick tick_ = nullptr;
  void* data_ = nullptr;
  base::UniqueFd timer_;  // where a host sees it
  Event event_;           // goes before it
};

}  // namespace wserve::net
