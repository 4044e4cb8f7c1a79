// Ones that are written, and read away together.
#include "base/event_fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace wserve::base {

Status EventFd::open() {
  fd_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  return fd_.is_open() ? Status() : system_failure("eventfd", errno);
}

void EventFd::set(int fd) noexcept {
  const int kept_errno = errno;
  const std::uint64_t one = 1;
  static_cast<void>(::write(fd, &one, sizeof one));  // full is as good as written
  errno = kept_errno;
}

void EventFd::clear(int fd) noexcept {
  const int kept_errno = errno;
  std::uint64_t count = 0;
  static_cast<void>(::read(fd, &count, sizeof count));
  errno = kept_errno;
}

}  // namespace wserve::base
