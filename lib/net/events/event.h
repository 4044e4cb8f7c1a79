// libevent's objects with owners.
#pragma once

#include <event2/event.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>

#include "base/clock.h"
#include "base/status.h"

namespace wserve::net {

struct EventBaseDeleter {
  void operator()(event_base* base) const noexcept { event_base_free(base); }
};
struct EventDeleter {
  void operator()(event* watched) const noexcept { event_free(watched); }
};

using EventBase = std::unique_ptr<event_base, EventBaseDeleter>;
// Freeing an event also takes it out of the loop.
using Event = std::unique_ptr<event, EventDeleter>;

// A time as libevent reads it. One for 32 bits that was built with a time_t of 32 bits, as Debian
// 12's is, reads two of those, whatever our own timeval is.
class EventTime {
 public:
  explicit EventTime(base::Millis time) noexcept
      : seconds_(static_cast<Part>(std::min<std::int64_t>(time.count() / 1000, kMax))),
        microseconds_(static_cast<Part>(time.count() % 1000 * 1000)) {}

  [[nodiscard]] const timeval* get() const noexcept {
    return reinterpret_cast<const timeval*>(this);
  }

 private:
  using Part = std::conditional_t<EVENT__SIZEOF_TIME_T == 4, std::int32_t, std::int64_t>;
  static constexpr std::int64_t kMax = std::numeric_limits<Part>::max();

  Part seconds_;
  Part microseconds_;
};

// For one thread, with edge-triggered events. `any` is a descriptor that is open. kSystem when
// there are too few.
base::Status make_event_base(int any, EventBase& base);

}  // namespace wserve::net
