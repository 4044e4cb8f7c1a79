// Datagrams to the manager's socket.
#include "net/notify_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>

#include "base/guard.h"
#include "base/unique_fd.h"
#include "net/listen/systemd_environment.h"

namespace wserve::net {

namespace {

// For the one word without which the manager gives the server up.
constexpr std::chrono::seconds kPatience{5};

}  // namespace

NotifySocket::NotifySocket() : socket_(systemd_variable("NOTIFY_SOCKET")) {
  const std::uint64_t pid = systemd_number("WATCHDOG_PID");
  const bool is_ours = pid == 0 || pid == static_cast<std::uint64_t>(::getpid());
  if (!socket_.empty() && is_ours) {
    period_ = base::Millis(systemd_number("WATCHDOG_USEC") / 2000);
  }
}

base::Status NotifySocket::say(const std::string& text, Wait wait) const {
  if (socket_.empty()) {
    return {};
  }
  sockaddr_un address{};
  const bool is_abstract = socket_.front() == '@';
  if (socket_.size() + (is_abstract ? 0 : 1) > sizeof address.sun_path) {
    return {base::Code::kInvalid, "NOTIFY_SOCKET is too long"};
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (is_abstract) {
    address.sun_path[0] = '\0';
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const base::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int flags = MSG_NOSIGNAL | (wait == Wait::kNo ? MSG_DONTWAIT : 0);
  const ssize_t sent = ::sendto(fd.get(), text.data(), text.size(), flags,
                                reinterpret_cast<const sockaddr*>(&address), size);
  return sent < 0 ? base::system_failure("NOTIFY_SOCKET", errno) : base::Status();
}

base::Status NotifySocket::say_ready(const char* address) const noexcept {
  return base::guarded([&]() -> base::Status {
    return say(std::string("READY=1\nSTATUS=serves on ") + address, Wait::kSeconds);
  });
}

void NotifySocket::say_reloading() const noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t micros = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
    return say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros), Wait::kSeconds);
  }));
}

void NotifySocket::say_stopping() const noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    return say("STOPPING=1\nSTATUS=answers what has come", Wait::kNo);
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
  static_cast<void>(base::guarded([&]() -> base::Status { return say("WATCHDOG=1", Wait::kNo); }));
}

}  // namespace wserve::net
