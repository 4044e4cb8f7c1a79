// The descriptor that tells an application of room, or of a client that has gone.
#include "base/event_fd.h"
#include "net/connection/outbox.h"

namespace wserve::net {

using app::Status;

Status Outbox::open_signal(int& fd) {
  base::MutexLock lock(mutex_);
  if (signal_.load() < 0) {
    base::EventFd made;
    if (Status opened = made.open(); !opened.is_ok()) {
      return opened;
    }
    signal_.store(made.release());
    signal();  // whatever has happened by now
  }
  fd = signal_.load();
  return {};
}

void Outbox::signal() noexcept {
  if (const int event = signal_.load(); event >= 0) {
    base::EventFd::set(event);
  }
}

void Outbox::clear_signal() noexcept {
  if (const int event = signal_.load(); event >= 0) {
    base::EventFd::clear(event);
  }
}

}  // namespace wserve::net
