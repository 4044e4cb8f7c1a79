// Asks the kernel, because libevent does not tell.
#include "net/find_epoll.h"

#include <dirent.h>
#include <sys/epoll.h>

#include <cstdlib>
#include <memory>

namespace wserve::net {

namespace {

struct FolderCloser {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

// To set an entry to what it is changes nothing where there is one, and fails where there is none,
// also on descriptors that are no epoll. /proc/self/fdinfo would tell as well, but not a process
// that has changed its user.
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
    if (entry->d_name[0] != '.' && has_entry(fd, entered)) {
      return fd;
    }
  }
  return -1;
}

}  // namespace wserve::net
