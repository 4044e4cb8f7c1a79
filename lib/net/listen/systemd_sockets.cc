// Reads the environment that socket activation leaves.
#include "net/listen/systemd_sockets.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "net/listen/systemd_environment.h"

namespace wserve::net {

namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr std::uint64_t kMax = 1024;

}  // namespace

std::vector<int> systemd_sockets(const std::string& name) {
  std::vector<int> descriptors;
  const std::uint64_t count = systemd_number("LISTEN_FDS");
  if (systemd_number("LISTEN_PID") != static_cast<std::uint64_t>(::getpid()) || count > kMax) {
    return descriptors;
  }
  base::ByteView names = systemd_variable("LISTEN_FDNAMES");
  for (int i = 0; i < static_cast<int>(count); ++i) {
    const base::ByteView its_name = base::take_until(names, ':');
    ::fcntl(kFirst + i, F_SETFD, FD_CLOEXEC);
    if (name.empty() || its_name == name) {
      descriptors.push_back(kFirst + i);
    }
  }
  return descriptors;
}

}  // namespace wserve::net
