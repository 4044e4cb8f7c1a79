// Datagrams to the manager's socket.
#include "net/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "base/guard.h"
#include "base/unique_fd.h"
#include "net/systemd_environment.h"

namespace wserve::net {

NotifySocket::NotifySocket() : socket_(systemd_variable("NOTIFY_SOCKET")) {
  const std::uint64_t pid = systemd_number("WATCHDOG_PID");
  const bool is_ours = pid == 0 || pid == static_cast<std::uint64_t>(::getpid());
  if (!socket_.empty() && is_ours) {
    period_ = base::Millis(systemd_number("WATCHDOG_USEC") / 2000);
  }
}

void NotifySocket::say(const std::string& text) const noexcept {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) {
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') {
    address.sun_path[0] = '\0';
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const base::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  static_cast<void>(::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), size));
}

void NotifySocket::say_ready(const char* address) const noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    say(std::string("READY=1\nSTATUS=serves on ") + address);
    return {};
  }));
}

void NotifySocket::say_stopping() const noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    say("STOPPING=1\nSTATUS=answers what has come");
    return {};
  }));
}

void NotifySocket::beat(unsigned& beats) noexcept {
  const unsigned round = round_.load();
  if (beats == round) {
    return;  // the others are still awaited
  }
  beats = round;
  if (beaten_.fetch_add(1) + 1 < loops_.load()) {
    return;
  }
  beaten_.store(0);
  round_.store(round + 1);
  static_cast<void>(base::guarded([&]() -> base::Status {
    say("WATCHDOG=1");
    return {};
  }));
}

}  // namespace wserve::net
