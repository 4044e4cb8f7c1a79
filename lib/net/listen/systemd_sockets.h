// Sockets that systemd, or a program that speaks like it, has opened for us (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

namespace wserve::net {

// The descriptors from 3 on that LISTEN_PID and LISTEN_FDS announce; with a name, only those that
// LISTEN_FDNAMES calls so. All of them are closed on exec from here on, as sd_listen_fds() makes
// them: they are not for the children of the application.
[[nodiscard]] std::vector<int> systemd_sockets(const std::string& name);

}  // namespace wserve::net
