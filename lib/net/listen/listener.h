// A listening socket, bound and named.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"
#include "net/listen/unix_file.h"

namespace wserve::net {

struct Listener {
  base::UniqueFd socket;
  std::string address;     // "127.0.0.1:8080", "[::1]:8080", "unix:/run/app.sock", "unix:@name"
  std::uint16_t port = 0;  // 0 on a Unix socket
  bool is_unix = false;
  bool speaks_proxy = false;  // every connection begins with a PROXY protocol header
  std::uint16_t number = 0;   // among all of its server
  std::size_t entry = 0;      // that it belongs to
  UnixFile file;              // that a Unix socket has; not located when we did not make it
};

}  // namespace wserve::net
