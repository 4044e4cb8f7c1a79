// Binding TCP addresses, Unix paths and inherited descriptors.
#include "net/bind.h"

#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/ip_address.h"
#include "base/text.h"
#include "net/systemd_sockets.h"

namespace wserve::net {

using base::Code;
using base::Status;

namespace {

Status failure(const ListenSpec& spec, int error) {
  return base::system_failure(base::concat("listen: \"", base::printable(spec.text), '"'), error);
}

Status invalid(const ListenSpec& spec, base::ByteView why) {
  return {Code::kInvalid, base::printable(base::concat("listen: \"", spec.text, "\": ", why))};
}

// Fills in what getsockname(2) says.
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
    // A path that fills its place has no NUL behind it (unix(7)).
    const std::size_t path_size = ::strnlen(address.sun_path, sizeof address.sun_path);
    listener.address = base::concat("unix:", base::ByteView(address.sun_path, path_size));
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

Status bind_address(const ListenSpec& spec, const addrinfo& address, int backlog,
                    std::vector<Listener>& listeners) {
  Listener listener;
  listener.speaks_proxy = spec.speaks_proxy;
  listener.socket.reset(
      ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!listener.socket.is_open()) {
    return failure(spec, errno);
  }
  const int on = 1;
  ::setsockopt(listener.socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    ::setsockopt(listener.socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(listener.socket.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(listener.socket.get(), backlog) != 0) {
    return failure(spec, errno);
  }
  name_listener(listener);
  listeners.push_back(std::move(listener));
  return {};
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

Status bind_tcp(const ListenSpec& spec, const BindSettings& settings,
                std::vector<Listener>& listeners) {
  addrinfo hints{};
  // No AI_ADDRCONFIG: localhost must do without a network.
  hints.ai_flags = AI_PASSIVE;
  hints.ai_family = settings.ipv4 ? (settings.ipv6 ? AF_UNSPEC : AF_INET) : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  addrinfo* found = nullptr;
  const char* host = spec.host.empty() ? nullptr : spec.host.c_str();
  if (const int error = ::getaddrinfo(host, spec.port.c_str(), &hints, &found); error != 0) {
    return invalid(spec, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const Listener* same = find_bound(*address, listeners);
    if (same != nullptr && same->speaks_proxy != spec.speaks_proxy) {
      return invalid(spec, "the same address stands there with another ?proxy=");
    }
    if (same != nullptr || is_beyond_this_machine(*address, found)) {
      continue;
    }
    if (Status bound = bind_address(spec, *address, settings.backlog, listeners); !bound.is_ok()) {
      return bound;
    }
  }
  return {};
}

// Who a socket's file is to belong to; -1 leaves it.
struct Owner {
  uid_t user = static_cast<uid_t>(-1);
  gid_t group = static_cast<gid_t>(-1);
};

bool read_id(base::ByteView text, unsigned& id) noexcept {
  std::uint64_t number = 0;
  if (base::parse_digits(text, number) != base::NumberError::kNone || number >= Owner().user) {
    return false;
  }
  id = static_cast<unsigned>(number);
  return true;
}

// Looks a name up with getpwnam_r() or getgrnam_r(). What a large group has to say is long.
template <typename Entry, typename Find>
bool find_entry(const std::string& name, Find find, Entry& entry, std::string& texts) {
  Entry* found = nullptr;
  texts.resize(4096);
  while (find(name.c_str(), &entry, texts.data(), texts.size(), &found) == ERANGE) {
    texts.resize(2 * texts.size());
  }
  return found != nullptr;
}

Status find_owner(const ListenSpec& spec, Owner& owner) {
  std::string texts;
  if (!spec.owner.empty() && !read_id(spec.owner, owner.user)) {
    passwd entry{};
    if (!find_entry(spec.owner, ::getpwnam_r, entry, texts)) {
      return invalid(spec, "no such user");
    }
    owner.user = entry.pw_uid;
  }
  if (!spec.group.empty() && !read_id(spec.group, owner.group)) {
    group entry{};
    if (!find_entry(spec.group, ::getgrnam_r, entry, texts)) {
      return invalid(spec, "no such group");
    }
    owner.group = entry.gr_gid;
  }
  return {};
}

// A socket that an earlier run left behind is in the way of bind(2); anything else stays.
void remove_stale_socket(const std::string& path) noexcept {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) {
    ::unlink(path.c_str());
  }
}

Status bind_unix(const ListenSpec& spec, int backlog, std::vector<Listener>& listeners) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (spec.path.size() >= sizeof address.sun_path) {
    return invalid(spec,
                   base::concat("the path is longer than ", sizeof address.sun_path - 1, " bytes"));
  }
  spec.path.copy(address.sun_path, spec.path.size());
  // Before a socket that another server may be listening on is removed.
  Owner owner;
  if (Status found = find_owner(spec, owner); !found.is_ok()) {
    return found;
  }
  Listener listener;
  listener.socket.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.socket.is_open()) {
    return failure(spec, errno);
  }
  remove_stale_socket(spec.path);
  // Linux makes the file with the socket's own mode: it is never more open than asked for, and the
  // process's umask stays untouched.
  ::fchmod(listener.socket.get(), spec.mode);
  if (::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return failure(spec, errno);
  }
  listener.unix_path = spec.path;
  name_listener(listener);
  listeners.push_back(std::move(listener));
  if (::chmod(spec.path.c_str(), spec.mode) != 0) {
    return failure(spec, errno);
  }
  const bool is_given = !spec.owner.empty() || !spec.group.empty();
  if (is_given && ::chown(spec.path.c_str(), owner.user, owner.group) != 0) {
    return failure(spec, errno);
  }
  return ::listen(listeners.back().socket.get(), backlog) == 0 ? Status() : failure(spec, errno);
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
    return failure(spec, errno);
  }
  if (!is_stream_socket(fd)) {
    return invalid(spec, base::concat("descriptor ", fd, " is no stream socket"));
  }
  const int flags = ::fcntl(fd, F_GETFL);
  if (::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || ::listen(fd, backlog) != 0) {
    return failure(spec, errno);
  }
  name_listener(listener);
  listeners.push_back(std::move(listener));
  return {};
}

Status adopt_from_systemd(const ListenSpec& spec, int backlog, std::vector<Listener>& listeners) {
  const std::vector<int> descriptors = systemd_sockets(spec.name);
  if (descriptors.empty()) {
    return invalid(spec, spec.name.empty()
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

bool is_same_socket_file(const Listener& listener) noexcept {
  // The path is ours while it leads to our socket: another server's bind(2) has made a new file.
  struct stat file {};
  return listener.unix_maker == ::getpid() && ::lstat(listener.unix_path.c_str(), &file) == 0 &&
         S_ISSOCK(file.st_mode) && file.st_ino == listener.unix_inode &&
         file.st_dev == listener.unix_device;
}

void remember_unix_file(Listener& listener) noexcept {
  struct stat file {};
  if (!listener.unix_path.empty() && ::lstat(listener.unix_path.c_str(), &file) == 0) {
    listener.unix_maker = ::getpid();
    listener.unix_inode = file.st_ino;
    listener.unix_device = file.st_dev;
  }
}

}  // namespace

Status bind_listeners(const std::vector<ListenSpec>& specs, const BindSettings& settings,
                      std::vector<Listener>& listeners) {
  std::vector<Listener> bound;
  for (const ListenSpec& spec : specs) {
    const auto before = static_cast<std::ptrdiff_t>(bound.size());
    Status status = bind_spec(spec, settings, bound);
    std::for_each(bound.begin(), bound.end(), remember_unix_file);
    std::for_each(bound.begin() + before, bound.end(),
                  [&](Listener& listener) { listener.speaks_proxy = spec.speaks_proxy; });
    if (!status.is_ok()) {
      remove_unix_files(bound);
      return status;
    }
  }
  listeners = std::move(bound);
  return {};
}

void remove_unix_files(const std::vector<Listener>& listeners) noexcept {
  for (const Listener& listener : listeners) {
    if (!listener.unix_path.empty() && is_same_socket_file(listener)) {
      ::unlink(listener.unix_path.c_str());
    }
  }
}

}  // namespace wserve::net
