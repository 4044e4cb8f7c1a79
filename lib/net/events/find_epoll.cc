// Asks the kernel, because libevent does not tell.
#include "net/events/find_epoll.h"

#include <dirent.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace wserve::net {

namespace {

struct FolderCloser {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

// Descriptors of others are left alone.
bool is_epoll(int folder, const char* name) noexcept {
  constexpr std::string_view kTarget = "anon_inode:[eventpoll]";
  char target[kTarget.size() + 1];
  const ssize_t length = ::readlinkat(folder, name, target, sizeof target);
  return length > 0 && std::string_view(target, static_cast<std::size_t>(length)) == kTarget;
}

// To set an entry to what it is changes nothing where there is one, and fails where there is none.
// /proc/self/fdinfo would tell as well, but not a process that has changed its user.
bool has_entry(int epoll, int entered) noexcept {
  epoll_event as_it_is{};
  as_it_is.events = EPOLLIN;
  as_it_is.data.fd = entered;
  return ::epoll_ctl(epoll, EPOLL_CTL_MOD, entered, &as_it_is) == 0;
}

}  // namespace

int find_epoll(int entered) noexcept {
  const std::unique_ptr<DIR, FolderCloser> folder(::opendir("/proc/self/fd"));
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    const int fd = std::atoi(entry->d_name);
    if (is_epoll(::dirfd(folder.get()), entry->d_name) && has_entry(fd, entered)) {
      return fd;
    }
  }
  return -1;
}

}  // namespace wserve::net
