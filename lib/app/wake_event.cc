// Waiting for an eventfd(2).
#include "app/wake_event.h"

#include <poll.h>

namespace wserve::app {

using base::Code;

Code PolledEvent::wait(std::chrono::milliseconds limit) noexcept {
  pollfd waited{.fd = fd(), .events = POLLIN, .revents = 0};
  const int ready = ::poll(&waited, 1, static_cast<int>(limit.count()));
  if (ready > 0) {
    return Code::kOk;
  }
  return ready == 0 ? Code::kTimeout : Code::kInterrupted;
}

}  // namespace wserve::app
