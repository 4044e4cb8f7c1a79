// Which descriptor is libevent's own epoll(7).
#pragma once

namespace wserve::net {

// The epoll descriptor of this process in which `entered` stands, entered by libevent for reading,
// and in no other; -1 when there is none, or no /proc.
[[nodiscard]] int find_epoll(int entered) noexcept;

}  // namespace wserve::net
