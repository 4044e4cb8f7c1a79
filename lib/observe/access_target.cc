// Writing lines where somebody may not read, or no space is left.
#include "observe/access_target.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <filesystem>

#include "base/bytes.h"
#include "base/text.h"
#include "base/uninterrupted.h"
#include "base/writable.h"

namespace wserve::observe {

using base::ByteView;
using base::Code;
using base::Status;

namespace {

constexpr ByteView kDescriptor = "fd:";
constexpr ByteView kSyslog = "syslog";
// So long a reader may stand still before lines are lost.
constexpr int kPatienceMs = 1'000;

Status parse_descriptor(ByteView text, int& fd) {
  std::uint64_t number = 1;
  const bool is_one = text == "-" || base::parse_digits(text.substr(kDescriptor.size()), number) ==
                                         base::NumberError::kNone;
  if (!is_one || number > INT_MAX) {
    return {Code::kInvalid, base::concat("access_log must be a file, fd:N, syslog or -, got \"",
                                         base::printable(text), '"')};
  }
  fd = static_cast<int>(number);
  return {};
}

Status check_writable(int fd) {
  return base::check_writable(fd, base::concat("access_log fd:", fd));
}

Status cannot_open(const std::string& path, int error) {
  return base::system_failure(base::concat("opening access_log ", base::printable(path)), error);
}

// A pipe is not opened: who reads from it would take the end of this for the end of the log.
Status try_file(const std::string& path) {
  struct stat facts {};
  int error = 0;
  if (::stat(path.c_str(), &facts) != 0) {
    error = errno == ENOENT ? base::try_to_make(path) : errno;
  } else if (S_ISDIR(facts.st_mode)) {
    error = EISDIR;
  } else if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) {
    error = errno;
  }
  return error == 0 ? Status() : cannot_open(path, error);
}

bool is_descriptor(ByteView text) noexcept {
  return text == "-" || text.starts_with(kDescriptor);
}

bool takes_more(int fd) noexcept {
  pollfd asked{.fd = fd, .events = POLLOUT, .revents = 0};
  return base::uninterrupted([&] { return ::poll(&asked, 1, kPatienceMs); }) == 1;
}

}  // namespace

Status AccessTarget::check(ByteView text) {
  int fd = -1;
  return is_descriptor(text) ? parse_descriptor(text, fd) : Status();
}

Status AccessTarget::try_open(ByteView text) {
  int fd = -1;
  if (text == kSyslog) {
    return {};
  }
  if (!is_descriptor(text)) {
    return try_file(std::string(text));
  }
  if (Status parsed = parse_descriptor(text, fd); !parsed.is_ok()) {
    return parsed;
  }
  const bool comes_with_the_start = ::fcntl(fd, F_GETFD) < 0;
  return comes_with_the_start ? Status() : check_writable(fd);
}

Status AccessTarget::open(ByteView text) {
  if (text == kSyslog) {
    kind_ = Kind::kSyslog;
    return {};
  }
  if (!is_descriptor(text)) {
    std::error_code ignored;  // then it stays as it is
    path_ = std::filesystem::absolute(text, ignored).string();
    return open_file();
  }
  kind_ = Kind::kDescriptor;
  if (Status parsed = parse_descriptor(text, fd_); !parsed.is_ok()) {
    return parsed;
  }
  struct stat facts {};
  is_pipe_ = ::fstat(fd_, &facts) != 0 || !S_ISREG(facts.st_mode);
  return check_writable(fd_);
}

Status AccessTarget::open_file() {
  base::UniqueFd opened(
      // A pipe without a reader is no place for lines: O_NONBLOCK makes it an error.
      ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
             0640));
  if (!opened.is_open()) {
    return cannot_open(path_, errno);
  }
  struct stat facts {};
  is_pipe_ = ::fstat(opened.get(), &facts) != 0 || !S_ISREG(facts.st_mode);
  file_ = std::move(opened);
  fd_ = file_.get();
  is_torn_ = false;
  return {};
}

// A file that was renamed goes on until somebody asks for a new one; one that was removed is lost.
Status AccessTarget::look_after_file() {
  if (kind_ != Kind::kFile) {
    return {};
  }
  struct stat facts {};
  const bool is_removed = ::fstat(fd_, &facts) == 0 && facts.st_nlink == 0;
  return must_reopen_.exchange(false) || is_removed ? open_file() : Status();
}

Status AccessTarget::write(ByteView lines, std::uint64_t& lost) {
  lost = 0;
  if (lines.empty()) {
    return {};
  }
  if (kind_ == Kind::kSyslog) {
    send_to_syslog(lines);
    return {};
  }
  Status opened = look_after_file();  // a failure leaves the old one
  ByteView line_end = is_torn_ ? "\n" : "";
  Status sent = send(line_end);
  if (sent.is_ok()) {
    const ByteView all = lines;
    sent = send(lines);
    is_torn_ = lines.size() < all.size() && all[all.size() - lines.size() - 1] != '\n';
  }
  lost = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
  return sent.is_ok() ? opened : sent;
}

// Takes off what was written.
Status AccessTarget::send(ByteView& lines) {
  while (!lines.empty()) {
    if (is_pipe_ && !takes_more(fd_)) {
      return {Code::kTimeout, "nobody reads"};
    }
    const std::size_t piece =
        is_pipe_ ? std::min<std::size_t>(lines.size(), PIPE_BUF) : lines.size();
    const ssize_t n = ::write(fd_, lines.data(), piece);
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
      return {Code::kSystem, base::system_reason(errno)};
    }
    lines.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return {};
}

void AccessTarget::send_to_syslog(ByteView lines) {
  while (!lines.empty()) {
    const std::string line(base::take_until(lines, '\n'));
    ::syslog(LOG_DAEMON | LOG_INFO, "%s", line.c_str());
  }
}

}  // namespace wserve::observe
