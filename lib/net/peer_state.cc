// Half-closed and gone, as poll(2) tells them apart.
#include "net/peer_state.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace wserve::net {

app::PeerState look_at_peer(int socket) noexcept {
  pollfd state{.fd = socket, .events = POLLRDHUP, .revents = 0};
  int ready = 0;
  do {  // a signal interrupts even a poll that does not wait
    ready = ::poll(&state, 1, 0);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) {
    return app::PeerState::kPresent;
  }
  if ((state.revents & (POLLERR | POLLHUP)) != 0) {
    return app::PeerState::kDisconnected;
  }
  return (state.revents & POLLRDHUP) != 0 ? app::PeerState::kHalfClosed : app::PeerState::kPresent;
}

bool has_input(int socket) noexcept {
  char byte = 0;
  ssize_t n = 0;
  do {
    n = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n > 0;
}

}  // namespace wserve::net
