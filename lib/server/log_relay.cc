// Where log lines go, and which ones do not.
#include "server/log_relay.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/bytes.h"
#include "base/text.h"
#include "base/uninterrupted.h"
#include "base/writable.h"
#include "net/connection/sigpipe_guard.h"

namespace wserve::server {

using base::Severity;

namespace {

constexpr std::array<const char*, 5> kLevels = {"debug", "info", "warning", "error", "none"};

// A pipe that is writable takes so much at once.
constexpr std::size_t kPiece = PIPE_BUF;

// Whoever reads the lines may not do it any more, and the server must not wait for them.
bool takes_more(int fd) noexcept {
  pollfd asked{.fd = fd, .events = POLLOUT, .revents = 0};
  const int ready = base::uninterrupted([&] { return ::poll(&asked, 1, 0); });
  return ready == 1 && (asked.revents & POLLOUT) != 0;
}

// Of what is longer than a piece; the rest is lost when the descriptor takes no more.
bool write_in_pieces(int fd, std::string_view text) noexcept {
  while (!text.empty() && takes_more(fd)) {
    const ssize_t n = ::write(fd, text.data(), std::min(text.size(), kPiece));
    if (n < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return text.empty();
}

// One write if it can be, so that lines of several threads and processes do not mix. False when the
// line, or its end, was lost.
bool write_to(int fd, bool is_journal, Severity severity, std::string_view line) {
  constexpr std::array<std::string_view, 4> kPrefixes = {
      "<7>wserve: debug: ", "<6>wserve: info: ", "<4>wserve: warning: ", "<3>wserve: error: "};
  constexpr std::size_t kLevel = 3;
  const std::string_view prefix =
      kPrefixes[static_cast<std::size_t>(severity)].substr(is_journal ? 0 : kLevel);
  const net::SigpipeGuard guard;  // whoever read the lines may have gone
  if (prefix.size() + line.size() + 1 > kPiece) {
    return write_in_pieces(fd, base::concat(prefix, line, '\n'));
  }
  const std::string_view end = "\n";
  const auto piece = [](std::string_view text) {
    return iovec{const_cast<char*>(text.data()), text.size()};  // NOLINT: writev only reads
  };
  const std::array<iovec, 3> pieces = {piece(prefix), piece(line), piece(end)};
  return takes_more(fd) && ::writev(fd, pieces.data(), pieces.size()) > 0;
}

// systemd.exec(5): the device and the inode of the socket that it reads.
bool reads_journal(int fd) {
  const char* stream = ::secure_getenv("JOURNAL_STREAM");
  struct stat file {};
  return stream != nullptr && ::fstat(fd, &file) == 0 &&
         base::concat(file.st_dev, ':', file.st_ino) == stream;
}

}  // namespace

LogRelay::LogRelay() : is_journal_(reads_journal(descriptor_)) {}

void LogRelay::set_receiver(Receiver receiver) {
  base::MutexLock lock(mutex_);
  receiver_ = std::move(receiver);
}

base::Status LogRelay::set_descriptor(int fd) {
  if (base::Status checked = base::check_writable(fd, base::concat("log_fd ", fd));
      !checked.is_ok()) {
    return checked;
  }
  descriptor_.store(fd);
  is_journal_.store(reads_journal(fd));
  return {};
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

void LogRelay::write_to_descriptor(Severity severity, std::string_view line) {
  const int fd = descriptor_.load(std::memory_order_relaxed);
  const bool is_journal = is_journal_.load(std::memory_order_relaxed);
  if (lost_ > 0 && write_to(fd, is_journal, Severity::kWarning,
                            base::concat(lost_, " line(s) of this log were lost: nobody read"))) {
    lost_ = 0;
  }
  if (!write_to(fd, is_journal, severity, line)) {
    ++lost_;
    all_lost_.fetch_add(1, std::memory_order_relaxed);
  }
}

// A text of several lines, such as a traceback, is several lines of the log; those behind the first
// begin with blanks, as no line of the server's own does.
void LogRelay::write_lines(Severity severity, std::string_view text) {
  std::string_view indent;
  do {
    const std::string line = base::concat(indent, base::printable(base::take_until(text, '\n')));
    if (receiver_) {
      receiver_(severity, line.c_str());
    } else {
      write_to_descriptor(severity, line);
    }
    indent = "  ";
  } while (!text.empty());
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
    write_lines(severity, line);
  } catch (...) {
    // No memory for a log line: the server goes on without it.
  }
}

}  // namespace wserve::server
