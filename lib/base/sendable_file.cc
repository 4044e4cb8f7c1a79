// The mistakes that sendfile(2) would tell of only when the head is out.
#include "base/sendable_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.h"

namespace wserve::base {

namespace {

const char* kind_of(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "a folder";
    case S_IFIFO:
      return "a pipe";
    case S_IFSOCK:
      return "a socket";
    default:  // a symbolic link, an eventfd and the like
      return "no file";
  }
}

// O_PATH opens nothing to read, whatever the access mode says.
bool is_readable(int flags) noexcept {
  return (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_WRONLY;
}

}  // namespace

Status check_sendable(int fd, std::uint64_t offset, std::uint64_t size) {
  struct stat file {};
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fstat(fd, &file) != 0) {
    return system_failure(concat("the file to send, descriptor ", fd), errno);
  }
  const bool is_device = S_ISBLK(file.st_mode) || S_ISCHR(file.st_mode);
  if (!is_device && !S_ISREG(file.st_mode)) {
    return {Code::kInvalid, concat("descriptor ", fd, " is ", kind_of(file.st_mode))};
  }
  if (!is_readable(flags)) {
    return {Code::kInvalid, concat("descriptor ", fd, " is not open for reading")};
  }
  const auto end = static_cast<std::uint64_t>(file.st_size);
  if (!is_device && (offset > end || size > end - offset)) {
    return {Code::kInvalid,
            concat("the file has ", end, " bytes, got offset ", offset, " and size ", size)};
  }
  return {};
}

}  // namespace wserve::base
