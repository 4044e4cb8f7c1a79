// Binding TCP addresses and inherited descriptors.
#include "net/listen/bind.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/text.h"
#include "net/listen/bind_support.h"
#include "net/listen/bind_unix.h"
#include "net/listen/systemd_sockets.h"

namespace wserve::net {

using base::Code;
using base::Status;

namespace {

// 0, or an error number.
int bind_socket(const addrinfo& address, base::UniqueFd& socket) noexcept {
  socket.reset(
      ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket.is_open()) {
    return errno;
  }
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  return ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
}

Status bind_address(const ListenSpec& spec, const addrinfo& address, int backlog,
                    std::vector<Listener>& listeners) {
  Listener listener;
  listener.speaks_proxy = spec.speaks_proxy;
  int error = bind_socket(address, listener.socket);
  if (error == 0 && ::listen(listener.socket.get(), backlog) != 0) {
    error = errno;
  }
  if (error != 0) {
    return bind_failure(spec, error);
  }
  name_listener(listener);
  listeners.push_back(std::move(listener));
  return {};
}

// On the listener: the connections that it accepts have it from there.
void ask_silent_clients(const Listener& listener, int seconds) noexcept {
  if (listener.is_unix || seconds == 0) {
    return;
  }
  const int on = 1;
  const int questions = 3;
  const int socket = listener.socket.get();
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &questions, sizeof questions);
}

// The same address twice is one listener; port 0 gives a new port each time. Null when it is new.
const Listener* find_bound(const addrinfo& address, const std::vector<Listener>& listeners) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(address.ai_addr, address.ai_addrlen, host.data(), host.size(), port.data(),
                port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string name = address.ai_family == AF_INET6
                               ? base::concat('[', host.data(), "]:", port.data())
                               : base::concat(host.data(), ':', port.data());
  const auto found =
      std::find_if(listeners.begin(), listeners.end(),
                   [&](const Listener& listener) { return listener.address == name; });
  return found != listeners.end() ? &*found : nullptr;
}

bool is_missing(int family) noexcept {
  const base::UniqueFd probe(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  return !probe.is_open() && errno == EAFNOSUPPORT;
}

// A name may stand for addresses of both families, and a machine may have one only.
bool is_beyond_this_machine(const addrinfo& address, const addrinfo* all) noexcept {
  const auto is_other = [&](const addrinfo* one) { return one->ai_family != address.ai_family; };
  while (all != nullptr && !is_other(all)) {
    all = all->ai_next;
  }
  return all != nullptr && is_missing(address.ai_family);
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Status resolve(const ListenSpec& spec, const BindSettings& settings, Addresses& addresses) {
  addrinfo hints{};
  // No AI_ADDRCONFIG: localhost must do without a network.
  hints.ai_flags = AI_PASSIVE;
  hints.ai_family = settings.ipv4 ? (settings.ipv6 ? AF_UNSPEC : AF_INET) : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  addrinfo* found = nullptr;
  const char* host = spec.host.empty() ? nullptr : spec.host.c_str();
  if (const int error = ::getaddrinfo(host, spec.port.c_str(), &hints, &found); error != 0) {
    return bind_refusal(spec, ::gai_strerror(error));
  }
  addresses.reset(found);
  return {};
}

Status bind_tcp(const ListenSpec& spec, const BindSettings& settings,
                std::vector<Listener>& listeners) {
  Addresses found(nullptr, ::freeaddrinfo);
  if (Status resolved = resolve(spec, settings, found); !resolved.is_ok()) {
    return resolved;
  }
  for (const addrinfo* address = found.get(); address != nullptr; address = address->ai_next) {
    const Listener* same = find_bound(*address, listeners);
    if (same != nullptr && same->speaks_proxy != spec.speaks_proxy) {
      return bind_refusal(spec, "the same address stands there with another ?proxy=");
    }
    if (same != nullptr || is_beyond_this_machine(*address, found.get())) {
      continue;
    }
    if (Status bound = bind_address(spec, *address, settings.backlog, listeners); !bound.is_ok()) {
      return bound;
    }
  }
  return {};
}

Status try_tcp(const ListenSpec& spec, const BindSettings& settings, bool& is_taken) {
  Addresses found(nullptr, ::freeaddrinfo);
  if (Status resolved = resolve(spec, settings, found); !resolved.is_ok()) {
    return resolved;
  }
  for (const addrinfo* address = found.get(); address != nullptr; address = address->ai_next) {
    base::UniqueFd socket;
    const int error =
        is_beyond_this_machine(*address, found.get()) ? 0 : bind_socket(*address, socket);
    is_taken = is_taken || error == EADDRINUSE;
    if (error != 0 && error != EADDRINUSE) {
      return bind_failure(spec, error);
    }
  }
  return {};
}

bool is_stream_socket(int fd) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

// The caller's descriptor stays the caller's: we use a duplicate.
Status adopt_descriptor(const ListenSpec& spec, int fd, int backlog,
                        std::vector<Listener>& listeners) {
  Listener listener;
  listener.socket.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!listener.socket.is_open()) {
    return bind_failure(spec, errno);
  }
  if (!is_stream_socket(fd)) {
    return bind_refusal(spec, base::concat("descriptor ", fd, " is no stream socket"));
  }
  const int flags = ::fcntl(fd, F_GETFL);
  if (::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || ::listen(fd, backlog) != 0) {
    return bind_failure(spec, errno);
  }
  name_listener(listener);
  listeners.push_back(std::move(listener));
  return {};
}

Status adopt_from_systemd(const ListenSpec& spec, int backlog, std::vector<Listener>& listeners) {
  const std::vector<int> descriptors = systemd_sockets(spec.name);
  if (descriptors.empty()) {
    return bind_refusal(spec, spec.name.empty()
                                  ? "systemd passed no socket (LISTEN_PID, LISTEN_FDS)"
                                  : "systemd passed no socket of that name (LISTEN_FDNAMES)");
  }
  for (const int fd : descriptors) {
    if (Status adopted = adopt_descriptor(spec, fd, backlog, listeners); !adopted.is_ok()) {
      return adopted;
    }
  }
  return {};
}

Status bind_spec(const ListenSpec& spec, const BindSettings& settings,
                 std::vector<Listener>& listeners) {
  switch (spec.kind) {
    case ListenSpec::Kind::kTcp:
      return bind_tcp(spec, settings, listeners);
    case ListenSpec::Kind::kUnix:
      return bind_unix(spec, settings.backlog, listeners);
    case ListenSpec::Kind::kDescriptor:
      return adopt_descriptor(spec, spec.descriptor, settings.backlog, listeners);
    case ListenSpec::Kind::kSystemd:
      return adopt_from_systemd(spec, settings.backlog, listeners);
  }
  return Code::kInternal;
}

}  // namespace

Status try_to_bind(const ListenSpec& spec, const BindSettings& settings, bool& is_taken) {
  switch (spec.kind) {
    case ListenSpec::Kind::kTcp:
      return try_tcp(spec, settings, is_taken);
    case ListenSpec::Kind::kUnix:
      return try_unix(spec);
    default:
      return {};  // sockets that are handed over come with the start
  }
}

// Files are made last: when a port cannot be had, nobody's socket has been touched.
Status bind_listeners(const std::vector<ListenSpec>& specs, const BindSettings& settings,
                      std::vector<Listener>& listeners) {
  std::vector<Listener> bound;
  for (const bool is_turn_of_files : {false, true}) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const bool has_file = specs[i].kind == ListenSpec::Kind::kUnix && !specs[i].is_abstract();
      const std::size_t before = bound.size();
      Status status =
          has_file == is_turn_of_files ? bind_spec(specs[i], settings, bound) : Status();
      if (!status.is_ok()) {
        close_listeners(bound);
        return status;
      }
      for (std::size_t added = before; added < bound.size(); ++added) {
        bound[added].speaks_proxy = specs[i].speaks_proxy;
        bound[added].entry = i;
        ask_silent_clients(bound[added], settings.keepalive_seconds);
      }
    }
  }
  std::stable_sort(bound.begin(), bound.end(),
                   [](const Listener& a, const Listener& b) { return a.entry < b.entry; });
  listeners = std::move(bound);
  return {};
}

}  // namespace wserve::net
