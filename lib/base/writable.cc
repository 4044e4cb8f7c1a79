// Asking the system for permissions.
#include "base/writable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/text.h"

namespace wserve::base {

Status check_writable(int fd, const std::string& name) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) {
    return system_failure(name, errno);
  }
  return (flags & O_ACCMODE) != O_RDONLY
             ? Status()
             : Status(Code::kInvalid, concat(name, " is open for reading only"));
}

int try_folder(const std::string& folder) noexcept {
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0) {
    return errno;
  }
  if (!S_ISDIR(facts.st_mode)) {
    return ENOTDIR;
  }
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

int try_folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return try_folder(folder.empty() ? "." : folder.string());
}

int try_to_make(const std::string& path) {
  constexpr int kMaxLinks = 40;  // path_resolution(7)
  std::filesystem::path made = path;
  for (int i = 0; i <= kMaxLinks; ++i) {
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(made, error);
    if (error) {
      return try_folder_of(made.string());
    }
    made = made.parent_path() / target;
  }
  return ELOOP;
}

}  // namespace wserve::base
