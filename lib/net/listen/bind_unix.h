// Listening on Unix sockets, and the files that they have.
#pragma once

#include <vector>

#include "base/status.h"
#include "net/listen/listen_spec.h"
#include "net/listen/listener.h"

namespace wserve::net {

// Adds the listener of a kUnix entry, also when it fails with the file made. A socket that an
// earlier run left behind is removed; one behind which a server listens is not: kSystem.
[[nodiscard]] base::Status bind_unix(const ListenSpec& spec, int backlog,
                                     std::vector<Listener>& listeners);

// Whether it could be added, as far as nothing has to be made for that.
[[nodiscard]] base::Status try_unix(const ListenSpec& spec);

// Closes the sockets, and removes the files of Unix sockets that are ours alone.
void close_listeners(std::vector<Listener>& listeners) noexcept;

}  // namespace wserve::net
