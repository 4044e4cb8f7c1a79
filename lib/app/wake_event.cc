// eventfd(2) as a WakeEvent.
#include "app/wake_event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace wserve::app {

using base::Code;

base::Status EventFd::open() {
  fd_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  return fd_.is_open() ? base::Status() : base::system_failure("eventfd", errno);
}

void EventFd::set() noexcept {
  const int kept_errno = errno;
  const std::uint64_t one = 1;
  static_cast<void>(::write(fd_.get(), &one, sizeof one));  // full is as good as written
  errno = kept_errno;
}

void EventFd::clear() noexcept {
  std::uint64_t count = 0;
  static_cast<void>(::read(fd_.get(), &count, sizeof count));
}

Code EventFd::wait(std::chrono::milliseconds limit) noexcept {
  pollfd waited{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  const int ready = ::poll(&waited, 1, static_cast<int>(limit.count()));
  if (ready > 0) {
    return Code::kOk;
  }
  return ready == 0 ? Code::kTimeout : Code::kInterrupted;
}

}  // namespace wserve::app
