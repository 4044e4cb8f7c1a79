// Whether the client at the other end of a socket has left.
#pragma once

#include "app/response_sink.h"

namespace wserve::net {

// Asks the system, without reading: kNo, kHalfClosed (it sends no more) or kDisconnected.
[[nodiscard]] app::PeerState look_at_peer(int socket) noexcept;

// Bytes of it wait to be read.
[[nodiscard]] bool has_input(int socket) noexcept;

}  // namespace wserve::net
