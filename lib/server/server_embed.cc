// Connections that the host program has accepted itself.
#include "base/guard.h"
#include "net/listen/socket_ends.h"
#include "server/server.h"

namespace wserve::server {

using base::Code;
using base::Status;

// The place is taken before a loop knows of the connection, so that there are never too many.
Status Server::add_connection(int fd, std::optional<base::ByteView> peer) {
  if (state_ < State::kRunning || is_in_child()) {
    return {Code::kState, state_ < State::kRunning
                              ? "the server does not run yet"
                              : "the server belongs to the process that started it"};
  }
  const std::uint16_t usual_port = service_->site.url_scheme == "https" ? 443 : 80;
  gateway::Endpoint endpoint;
  if (Status known = net::describe_ends(fd, peer, usual_port, endpoint); !known.is_ok()) {
    return known;
  }
  if (stop_request_.is_asked.load() || state_ == State::kStopped) {
    return Code::kClosed;
  }
  if (connection_counts_.connections.fetch_add(1) >= loop_settings_.connection_limit) {
    connection_counts_.connections.fetch_sub(1);
    return Code::kTimeout;
  }
  base::UniqueFd socket(fd);
  Status added = base::guarded([&]() -> Status {
    Status ready = net::make_ready(fd);
    return ready.is_ok() && !loops_.bring(socket, endpoint) ? Code::kClosed : ready;
  });
  if (!added.is_ok()) {
    static_cast<void>(socket.release());
    connection_counts_.connections.fetch_sub(1);
  }
  return added;
}

}  // namespace wserve::server
