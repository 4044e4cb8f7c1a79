// Turns listen entries into listening sockets.
#pragma once

#include <vector>

#include "base/status.h"
#include "net/listen/listen_spec.h"
#include "net/listen/listener.h"

namespace wserve::net {

struct BindSettings {
  bool ipv4 = true;
  bool ipv6 = true;
  int backlog = 1024;
  int keepalive_seconds = 0;  // of TCP; 0 leaves it as it is
};

// All or nothing. kSystem or kInvalid names the entry and the reason.
base::Status bind_listeners(const std::vector<ListenSpec>& specs, const BindSettings& settings,
                            std::vector<Listener>& listeners);

// Whether it could be bound; listens to nothing. An address that somebody has is no failure: it
// sets `is_taken`. Of a Unix socket, whether its file could be made. kSystem or kInvalid as above.
base::Status try_to_bind(const ListenSpec& spec, const BindSettings& settings, bool& is_taken);

}  // namespace wserve::net
