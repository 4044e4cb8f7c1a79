// Changing what is in libevent's epoll descriptor.
#include "net/events/exclusive_watch.h"

#include <sys/epoll.h>

#include "net/events/find_epoll.h"

namespace wserve::net {

void ExclusiveWatch::open(int entered) noexcept {
  epoll_ = find_epoll(entered);
}

// Linux before 4.5 knows no such flag.
void ExclusiveWatch::watch(int socket) const noexcept {
  if (epoll_ < 0) {
    return;
  }
  epoll_event entry{};
  entry.events = EPOLLIN | EPOLLEXCLUSIVE;
  entry.data.fd = socket;
  if (::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr) == 0 &&
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &entry) != 0) {
    entry.events = EPOLLIN;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &entry);
  }
}

}  // namespace wserve::net
