// Where log lines go, and which ones do not.
#include "server/log_relay.h"

#include <sys/uio.h>
#include <unistd.h>

#include <array>

#include "net/sigpipe_guard.h"

namespace wserve::server {

using base::Severity;

namespace {

constexpr std::array<const char*, 5> kLevels = {"debug", "info", "warning", "error", "none"};

// One write, so that lines of several threads do not mix.
void write_to(int fd, Severity severity, std::string_view line) noexcept {
  constexpr std::array<std::string_view, 4> kPrefixes = {
      "wserve: debug: ", "wserve: info: ", "wserve: warning: ", "wserve: error: "};
  const std::string_view prefix = kPrefixes[static_cast<std::size_t>(severity)];
  const std::string_view end = "\n";
  const auto piece = [](std::string_view text) {
    return iovec{const_cast<char*>(text.data()), text.size()};  // NOLINT: writev only reads
  };
  const std::array<iovec, 3> pieces = {piece(prefix), piece(line), piece(end)};
  const net::SigpipeGuard guard;  // whoever read the lines may have gone
  static_cast<void>(!::writev(fd, pieces.data(), pieces.size()));
}

}  // namespace

void LogRelay::set_receiver(Receiver receiver) {
  base::MutexLock lock(mutex_);
  receiver_ = std::move(receiver);
}

void LogRelay::set_level(const std::string& level) noexcept {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (level == kLevels[i]) {
      least_.store(static_cast<int>(i));
    }
  }
}

void LogRelay::silence() noexcept {
  least_.store(static_cast<int>(kLevels.size()));
  base::MutexLock lock(mutex_);
  receiver_ = nullptr;
}

bool LogRelay::wants(Severity severity) const noexcept {
  return static_cast<int>(severity) >= least_.load(std::memory_order_relaxed);
}

void LogRelay::write(Severity severity, std::string_view line) noexcept {
  if (!wants(severity)) {
    return;
  }
  try {
    base::MutexLock lock(mutex_);
    if (!wants(severity)) {
      return;
    }
    if (receiver_) {
      receiver_(severity, std::string(line).c_str());
    } else {
      write_to(descriptor_.load(std::memory_order_relaxed), severity, line);
    }
  } catch (...) {
    // No memory for a log line: the server goes on without it.
  }
}

}  // namespace wserve::server
