// The two ends of a connection, as its socket tells them, or who has accepted it.
#pragma once

#include <sys/socket.h>

#include <optional>

#include "base/status.h"
#include "gateway/endpoint.h"

namespace wserve::net {

// What accept(2) or getpeername(2) says.
void name_peer(const sockaddr_storage& peer, gateway::Endpoint& endpoint) noexcept;

// Of a connection that was accepted elsewhere. `peer` is an address, perhaps with a port, or
// "unix:"; without one the socket is asked. `usual_port` is ours where the socket has none.
// kInvalid for what is no connection, and for a peer that is none of these.
base::Status describe_ends(int fd, std::optional<base::ByteView> peer, std::uint16_t usual_port,
                           gateway::Endpoint& endpoint);

// As a connection needs it that we have accepted. kSystem when that cannot be.
base::Status make_ready(int fd) noexcept;

}  // namespace wserve::net
