// Unix sockets: whose their files are to be, and whose they are.
#include "net/listen/bind_unix.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "base/text.h"
#include "base/writable.h"
#include "net/listen/bind_support.h"

namespace wserve::net {

using base::Status;

namespace {

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
      return bind_refusal(spec, "no such user");
    }
    owner.user = entry.pw_uid;
  }
  if (!spec.group.empty() && !read_id(spec.group, owner.group)) {
    group entry{};
    if (!find_entry(spec.group, ::getgrnam_r, entry, texts)) {
      return bind_refusal(spec, "no such group");
    }
    owner.group = entry.gr_gid;
  }
  return {};
}

Status make_room(const ListenSpec& spec, const UnixFile& file) {
  switch (who_listens(spec.path)) {
    case Behind::kSomebody:
      return {base::Code::kSystem,
              base::concat(named(spec), ": a server that runs listens there already")};
    case Behind::kUnknown:
      return bind_failure(spec, errno);
    case Behind::kNobody:
      file.remove_dead();
      break;
    case Behind::kNothing:
      break;
  }
  return {};
}

Status bind_to(const ListenSpec& spec, base::ByteView name, Listener& listener) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, name.size());
  // An abstract name ends with the address, a path with a NUL.
  const std::size_t size =
      spec.is_abstract() ? offsetof(sockaddr_un, sun_path) + name.size() : sizeof address;
  if (::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address),
             static_cast<socklen_t>(size)) != 0) {
    return bind_failure(spec, errno);
  }
  listener.file.claim();
  name_listener(listener);
  return {};
}

// With the folder locked, so that of two that start at once one fails.
Status bind_file(const ListenSpec& spec, const Owner& owner, int backlog, Listener& listener) {
  if (Status free = make_room(spec, listener.file); !free.is_ok()) {
    return free;
  }
  // Linux makes the file with the socket's own mode: it is never more open than asked for, and the
  // process's umask stays untouched.
  ::fchmod(listener.socket.get(), spec.mode);
  if (Status bound = bind_to(spec, spec.path, listener); !bound.is_ok()) {
    return bound;
  }
  const bool is_ready = listener.file.give(spec.mode, owner.user, owner.group) &&
                        ::listen(listener.socket.get(), backlog) == 0;
  return is_ready ? Status() : bind_failure(spec, errno);
}

// unix(7): a name without a file, which anybody in the network namespace may connect to.
Status bind_abstract(const ListenSpec& spec, int backlog, Listener& listener) {
  std::string name = spec.path;
  name.front() = '\0';
  if (Status bound = bind_to(spec, name, listener); !bound.is_ok()) {
    return bound;
  }
  return ::listen(listener.socket.get(), backlog) == 0 ? Status() : bind_failure(spec, errno);
}

// The same path twice is one listener, as the same port is.
const Listener* find_same(const ListenSpec& spec, const std::vector<Listener>& listeners) {
  const std::string address = base::concat("unix:", spec.path);
  const auto found =
      std::find_if(listeners.begin(), listeners.end(),
                   [&](const Listener& listener) { return listener.address == address; });
  return found != listeners.end() ? &*found : nullptr;
}

// Before anything is removed.
Status examine(const ListenSpec& spec, Owner& owner) {
  constexpr std::size_t kMax = sizeof(sockaddr_un::sun_path) - 1;
  return spec.path.size() <= kMax
             ? find_owner(spec, owner)
             : bind_refusal(spec, base::concat("the path is longer than ", kMax, " bytes"));
}

}  // namespace

Status try_unix(const ListenSpec& spec) {
  Owner owner;
  if (Status examined = examine(spec, owner); !examined.is_ok() || spec.is_abstract()) {
    return examined;
  }
  // An earlier socket is removed when nobody listens there; nothing else is.
  struct stat facts {};
  const bool is_other = ::lstat(spec.path.c_str(), &facts) == 0 && !S_ISSOCK(facts.st_mode);
  const int error = is_other ? EADDRINUSE : base::try_folder_of(spec.path);
  return error == 0 ? Status() : bind_failure(spec, error);
}

Status bind_unix(const ListenSpec& spec, int backlog, std::vector<Listener>& listeners) {
  Owner owner;
  if (Status examined = examine(spec, owner); !examined.is_ok()) {
    return examined;
  }
  if (const Listener* same = find_same(spec, listeners); same != nullptr) {
    return same->speaks_proxy == spec.speaks_proxy
               ? Status()
               : bind_refusal(spec, "the same address stands there with another ?proxy=");
  }
  Listener listener;
  listener.socket.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.socket.is_open()) {
    return bind_failure(spec, errno);
  }
  if (spec.is_abstract()) {
    Status bound = bind_abstract(spec, backlog, listener);
    listeners.push_back(std::move(listener));
    return bound;
  }
  if (Status located = listener.file.locate(spec.path); !located.is_ok()) {
    return {located.code(), base::concat(named(spec), ": ", located.message())};
  }
  listener.file.lock();
  Status bound = bind_file(spec, owner, backlog, listener);
  listener.file.unlock();
  listeners.push_back(std::move(listener));
  return bound;
}

void close_listeners(std::vector<Listener>& listeners) noexcept {
  for (Listener& listener : listeners) {
    listener.socket.reset();
    listener.file.remove_own();
  }
}

}  // namespace wserve::net
