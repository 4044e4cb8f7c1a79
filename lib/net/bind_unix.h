// Listening on Unix sockets, and the files that they have.
#pragma once

#include <vector>

#include "base/status.h"
#include "net/listen_spec.h"
#include "net/listener.h"

namespace wserve::net {

// Adds the listener of a kUnix entry, also when it fails with the file made. A socket that an
// earlier run left behind is removed.
[[nodiscard]] base::Status bind_unix(const ListenSpec& spec, int backlog,
                                     std::vector<Listener>& listeners);

// Notes which file is ours.
void remember_unix_file(Listener& listener) noexcept;

// Removes the files of Unix sockets that we made, unless somebody else has put a new one there.
void remove_unix_files(const std::vector<Listener>& listeners) noexcept;

}  // namespace wserve::net
