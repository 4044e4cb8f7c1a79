// Reads the environment that socket activation leaves.
#include "net/systemd_sockets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"

namespace wserve::net {

namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr std::uint64_t kMost = 1024;

base::ByteView variable(const char* name) noexcept {
  const char* value = ::secure_getenv(name);
  return value != nullptr ? value : base::ByteView();
}

std::uint64_t number_in(const char* name) noexcept {
  std::uint64_t number = 0;
  return base::parse_digits(variable(name), number) == base::NumberError::kNone ? number : 0;
}

}  // namespace

std::vector<int> systemd_sockets(const std::string& name) {
  std::vector<int> descriptors;
  const std::uint64_t count = number_in("LISTEN_FDS");
  if (number_in("LISTEN_PID") != static_cast<std::uint64_t>(::getpid()) || count > kMost) {
    return descriptors;
  }
  base::ByteView names = variable("LISTEN_FDNAMES");
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
