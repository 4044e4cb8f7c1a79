// How many requests may wait for an application thread, and how long.
#pragma once

#include <cstddef>

#include "base/clock.h"

namespace wserve::app {

struct QueueLimits {
  std::size_t max_waiting = 0;  // 0: no limit; requests for which a thread is free do not count
  base::Millis max_wait{0};     // 0: no limit
};

}  // namespace wserve::app
