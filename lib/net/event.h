// libevent's objects with owners.
#pragma once

#include <event2/event.h>

#include <memory>

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

}  // namespace wserve::net
