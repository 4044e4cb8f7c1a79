// Finding libevent's epoll descriptor, and changing what is in it.
#include "net/exclusive_watch.h"

#include <dirent.h>
#include <sys/epoll.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace wserve::net {

namespace {

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
struct FolderCloser {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

// proc(5): a line "tfd: … events: … data: …" for each entry. With a descriptor as its data, as
// libevent has it.
bool has_entry(const char* descriptor, int entered) noexcept {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fdinfo/%s", descriptor);
  const std::unique_ptr<std::FILE, FileCloser> info(std::fopen(path.data(), "re"));
  std::array<char, 256> line{};
  while (info && std::fgets(line.data(), static_cast<int>(line.size()), info.get()) != nullptr) {
    int fd = -1;
    std::uint64_t data = 0;
    if (std::sscanf(line.data(), "tfd: %d events: %*x data: %" SCNx64, &fd, &data) == 2 &&
        fd == entered && data == static_cast<std::uint64_t>(entered)) {
      return true;
    }
  }
  return false;
}

}  // namespace

void ExclusiveWatch::open(int entered) noexcept {
  const std::unique_ptr<DIR, FolderCloser> folder(::opendir("/proc/self/fd"));
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    if (entry->d_name[0] != '.' && has_entry(entry->d_name, entered)) {
      epoll_ = std::atoi(entry->d_name);
      return;
    }
  }
}

// Linux before 4.5 knows no such flag.
void ExclusiveWatch::watch(int socket) const noexcept {
  if (epoll_ < 0) {
    return;
  }
  epoll_event entry{};
  entry.events = EPOLLIN | EPOLLEXCLUSIVE;
  entry.data.fd = socket;
  if (::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr) == 0 &&
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &entry) != 0) {
    entry.events = EPOLLIN;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &entry);
  }
}

}  // namespace wserve::net
