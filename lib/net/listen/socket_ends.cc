// Asking a socket, and reading what a program says about it.
#include "net/listen/socket_ends.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "gateway/peer.h"

namespace wserve::net {

using base::ByteView;
using base::Code;
using base::Status;
using gateway::Endpoint;

namespace {

Status refusal(ByteView why) {
  return {Code::kInvalid, base::concat("fd must be a connected stream socket: ", why)};
}

Status check_socket(int fd) {
  int type = 0;
  int listens = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return refusal(base::system_reason(errno));
  }
  size = sizeof listens;
  if (type != SOCK_STREAM ||
      (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0)) {
    return refusal(type != SOCK_STREAM ? "it is of another type" : "it listens");
  }
  return {};
}

Status ask_peer(int fd, Endpoint& endpoint) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
    return refusal(base::system_reason(errno));
  }
  name_peer(peer, endpoint);
  return {};
}

std::optional<std::uint16_t> port_of(int fd) noexcept {
  Endpoint own;
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    return std::nullopt;
  }
  name_peer(name, own);
  return own.is_unix ? std::nullopt : std::optional(own.peer_port);
}

}  // namespace

void name_peer(const sockaddr_storage& peer, Endpoint& endpoint) noexcept {
  if (peer.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &peer, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    endpoint.peer_address = base::IpAddress::from_v4(bytes);
    endpoint.peer_port = ntohs(v4.sin_port);
  } else if (peer.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &peer, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    endpoint.peer_address = base::IpAddress::from_v6(bytes);
    endpoint.peer_port = ntohs(v6.sin6_port);
  } else {
    endpoint.is_unix = true;
  }
}

Status describe_ends(int fd, std::optional<ByteView> peer, std::uint16_t usual_port,
                     Endpoint& endpoint) {
  Status known = check_socket(fd);
  if (known.is_ok()) {
    known = peer ? gateway::read_peer(*peer, endpoint) : ask_peer(fd, endpoint);
  }
  endpoint.server_port = port_of(fd).value_or(usual_port);
  return known;
}

Status make_ready(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return base::system_failure("making fd non-blocking", errno);
  }
  const int on = 1;  // what is not TCP knows no such option
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {};
}

}  // namespace wserve::net
