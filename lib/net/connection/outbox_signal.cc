// The descriptor that tells an application of room, or of a client that has gone.
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "net/connection/outbox.h"

namespace wserve::net {

using app::Status;

Status Outbox::open_signal(int& fd) {
  base::MutexLock lock(mutex_);
  if (signal_.load() < 0) {
    const int made = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made < 0) {
      return base::system_failure("eventfd", errno);
    }
    signal_.store(made);
    signal();  // whatever has happened by now
  }
  fd = signal_.load();
  return {};
}

void Outbox::signal() noexcept {
  const int event = signal_.load();
  if (event >= 0) {
    const std::uint64_t one = 1;
    static_cast<void>(::write(event, &one, sizeof one));  // full is as good as written
  }
}

void Outbox::clear_signal() noexcept {
  const int event = signal_.load();
  if (event >= 0) {
    std::uint64_t count = 0;
    static_cast<void>(::read(event, &count, sizeof count));
  }
}

}  // namespace wserve::net
