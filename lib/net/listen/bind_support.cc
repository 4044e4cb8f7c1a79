// Messages about listen entries, and the names of sockets.
#include "net/listen/bind_support.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "base/text.h"

namespace wserve::net {

using base::Code;
using base::Status;

namespace {

// unix(7): a path that fills its place has no NUL behind it, and an abstract name begins with one.
std::string name_of(const sockaddr_un& address, std::size_t size) {
  const std::size_t name_size = std::min(size, sizeof address) - offsetof(sockaddr_un, sun_path);
  if (name_size > 1 && address.sun_path[0] == '\0') {
    return base::concat('@', base::ByteView(address.sun_path + 1, name_size - 1));
  }
  return {address.sun_path, ::strnlen(address.sun_path, name_size)};
}

}  // namespace

Status bind_failure(const ListenSpec& spec, int error) {
  return base::system_failure(named(spec), error);
}

Status bind_refusal(const ListenSpec& spec, base::ByteView why) {
  return {Code::kInvalid, base::concat(named(spec), ": ", base::printable(why))};
}

void name_listener(Listener& listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return;
  }
  if (bound.ss_family == AF_UNIX) {
    sockaddr_un address{};
    std::memcpy(&address, &bound, std::min<std::size_t>(size, sizeof address));
    listener.is_unix = true;
    listener.address = base::concat("unix:", name_of(address, size));
    return;
  }
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, host.data(), host.size(), port.data(),
                port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  listener.port = base::parse_port(port.data()).value_or(0);
  const bool is_v6 = bound.ss_family == AF_INET6;
  listener.address = is_v6 ? base::concat('[', host.data(), "]:", port.data())
                           : base::concat(host.data(), ':', port.data());
}

}  // namespace wserve::net
