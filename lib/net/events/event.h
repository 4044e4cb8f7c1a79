// libevent's objects with owners.
#pragma once

#include <event2/event.h>

#include <memory>

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

// For one thread, with edge-triggered events. `any` is a descriptor that is open. kSystem when
// there are too few.
base::Status make_event_base(int any, EventBase& base);

}  // namespace wserve::net
