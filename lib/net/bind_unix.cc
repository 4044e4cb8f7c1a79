// Unix sockets: whose their files are to be, and whose they are.
#include "net/bind_unix.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "net/bind_support.h"

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

// A socket that an earlier run left behind is in the way of bind(2); anything else stays.
void remove_stale_socket(const std::string& path) noexcept {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) {
    ::unlink(path.c_str());
  }
}

bool is_same_socket_file(const Listener& listener) noexcept {
  // The path is ours while it leads to our socket: another server's bind(2) has made a new file.
  struct stat file {};
  return listener.unix_maker == ::getpid() && ::lstat(listener.unix_path.c_str(), &file) == 0 &&
         S_ISSOCK(file.st_mode) && file.st_ino == listener.unix_inode &&
         file.st_dev == listener.unix_device;
}

}  // namespace

Status bind_unix(const ListenSpec& spec, int backlog, std::vector<Listener>& listeners) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (spec.path.size() >= sizeof address.sun_path) {
    return bind_refusal(
        spec, base::concat("the path is longer than ", sizeof address.sun_path - 1, " bytes"));
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
    return bind_failure(spec, errno);
  }
  remove_stale_socket(spec.path);
  // Linux makes the file with the socket's own mode: it is never more open than asked for, and the
  // process's umask stays untouched.
  ::fchmod(listener.socket.get(), spec.mode);
  if (::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return bind_failure(spec, errno);
  }
  listener.unix_path = spec.path;
  name_listener(listener);
  listeners.push_back(std::move(listener));
  if (::chmod(spec.path.c_str(), spec.mode) != 0) {
    return bind_failure(spec, errno);
  }
  const bool is_given = !spec.owner.empty() || !spec.group.empty();
  if (is_given && ::chown(spec.path.c_str(), owner.user, owner.group) != 0) {
    return bind_failure(spec, errno);
  }
  return ::listen(listeners.back().socket.get(), backlog) == 0 ? Status()
                                                               : bind_failure(spec, errno);
}

void remember_unix_file(Listener& listener) noexcept {
  struct stat file {};
  if (!listener.unix_path.empty() && ::lstat(listener.unix_path.c_str(), &file) == 0) {
    listener.unix_maker = ::getpid();
    listener.unix_inode = file.st_ino;
    listener.unix_device = file.st_dev;
  }
}

void remove_unix_files(const std::vector<Listener>& listeners) noexcept {
  for (const Listener& listener : listeners) {
    if (!listener.unix_path.empty() && is_same_socket_file(listener)) {
      ::unlink(listener.unix_path.c_str());
    }
  }
}

}  // namespace wserve::net
