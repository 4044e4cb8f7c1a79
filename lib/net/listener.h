// A listening socket, bound and named.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace wserve::net {

struct Listener {
  base::UniqueFd socket;
  std::string address;     // "127.0.0.1:8080", "[::1]:8080", "unix:/run/app.sock"
  std::uint16_t port = 0;  // 0 on a Unix socket
  bool is_unix = false;
  bool speaks_proxy = false;  // every connection begins with a PROXY protocol header
  // The file that we made for a Unix socket, to be removed in the end by the process that made it
  // (others may have inherited the socket); empty when it is not ours.
  std::string unix_path;
  pid_t unix_maker = 0;
  ino_t unix_inode = 0;
  dev_t unix_device = 0;
};

}  // namespace wserve::net
