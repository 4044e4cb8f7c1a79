// Asking, locking and removing, all relative to an open folder.
#include "net/listen/unix_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "base/guard.h"
#include "base/text.h"

namespace wserve::net {

namespace {

constexpr int kLockTries = 100;
constexpr timespec kLockPause{.tv_sec = 0, .tv_nsec = 10'000'000};

// A folder that may not be listed can still be the place of a socket.
int open_folder(const std::string& path) noexcept {
  const int listed = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return listed >= 0 || errno != EACCES ? listed
                                        : ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

Behind who_listens(const std::string& path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return Behind::kUnknown;
  }
  path.copy(address.sun_path, path.size());
  const base::UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe.is_open()) {
    return Behind::kUnknown;
  }
  if (::connect(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return Behind::kSomebody;
  }
  switch (errno) {
    case EAGAIN:  // its backlog is full
    case EINPROGRESS:
    case EPROTOTYPE:  // a server of datagrams
      return Behind::kSomebody;
    case ECONNREFUSED:
      return Behind::kNobody;
    case ENOENT:
      return Behind::kNothing;
    default:
      return Behind::kUnknown;
  }
}

base::Status UnixFile::locate(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  path_ = path;
  name_ = path.substr(slash == std::string::npos ? 0 : slash + 1);
  folder_.reset(open_folder(folder));
  return folder_.is_open() ? base::Status() : base::system_failure(base::printable(folder), errno);
}

void UnixFile::lock() const noexcept {
  for (int i = 0; i < kLockTries; ++i) {
    if (::flock(folder_.get(), LOCK_EX | LOCK_NB) == 0 ||
        (errno != EWOULDBLOCK && errno != EINTR)) {
      return;
    }
    ::nanosleep(&kLockPause, nullptr);
  }
}

void UnixFile::unlock() const noexcept {
  ::flock(folder_.get(), LOCK_UN);
}

void UnixFile::remove_dead() const noexcept {
  struct stat found {};
  if (::fstatat(folder_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISSOCK(found.st_mode)) {
    ::unlinkat(folder_.get(), name_.c_str(), 0);
  }
}

void UnixFile::claim() noexcept {
  struct stat file {};
  if (::fstatat(folder_.get(), name_.c_str(), &file, AT_SYMLINK_NOFOLLOW) == 0) {
    maker_ = ::getpid();
    inode_ = file.st_ino;
    device_ = file.st_dev;
  }
}

bool UnixFile::give(mode_t mode, uid_t user, gid_t group) const noexcept {
  constexpr auto kSame = static_cast<uid_t>(-1);
  const bool is_given = user != kSame || group != static_cast<gid_t>(kSame);
  return ::fchmodat(folder_.get(), name_.c_str(), mode, 0) == 0 &&
         (!is_given ||
          ::fchownat(folder_.get(), name_.c_str(), user, group, AT_SYMLINK_NOFOLLOW) == 0);
}

// Another server's bind(2) has made a new file.
bool UnixFile::is_own() const noexcept {
  struct stat file {};
  return maker_ == ::getpid() &&
         ::fstatat(folder_.get(), name_.c_str(), &file, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISSOCK(file.st_mode) && file.st_ino == inode_ && file.st_dev == device_;
}

std::string UnixFile::path_from_anywhere() const {
  return path_.starts_with('/') ? path_ : base::concat("/proc/self/fd/", folder_.get(), '/', name_);
}

// A number of an inode may be given to a new file at once: so it is asked for a server as well.
void UnixFile::remove_own() noexcept {
  if (!is_located() || maker_ != ::getpid()) {
    return;
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    lock();
    if (is_own() && who_listens(path_from_anywhere()) != Behind::kSomebody) {
      ::unlinkat(folder_.get(), name_.c_str(), 0);
    }
    unlock();
    return {};
  }));
  folder_.reset();
}

}  // namespace wserve::net
