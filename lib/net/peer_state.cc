// Half-closed and gone, as poll(2) tells them apart.
#include "net/peer_state.h"

#include <poll.h>

namespace wserve::net {

app::Gone look_at_peer(int socket) noexcept {
  pollfd state{.fd = socket, .events = POLLRDHUP, .revents = 0};
  if (::poll(&state, 1, 0) <= 0) {
    return app::Gone::kNo;
  }
  if ((state.revents & (POLLERR | POLLHUP)) != 0) {
    return app::Gone::kDisconnected;
  }
  return (state.revents & POLLRDHUP) != 0 ? app::Gone::kHalfClosed : app::Gone::kNo;
}

}  // namespace wserve::net
