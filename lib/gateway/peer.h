// Who connects, as a person or a program writes it.
#pragma once

#include "base/status.h"
#include "gateway/endpoint.h"

namespace wserve::gateway {

// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80" or "unix:"; kInvalid for anything else.
base::Status read_peer(base::ByteView text, Endpoint& endpoint);

}  // namespace wserve::gateway
