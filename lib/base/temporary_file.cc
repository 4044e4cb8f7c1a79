// Nameless files, by O_TMPFILE where the file system has it and by unlinking where not.
#include "base/temporary_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace wserve::base {

namespace {

std::string folder_or_default(const std::string& folder) {
  if (!folder.empty()) {
    return folder;
  }
  const char* from_environment = ::secure_getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

int open_and_unlink(const std::string& folder) {
  std::string path = folder + "/wserve-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd >= 0) {
    ::unlink(path.c_str());
  }
  return fd;
}

}  // namespace

Status open_temporary_file(const std::string& folder, UniqueFd& file) {
  const std::string place = folder_or_default(folder);
  int fd = ::open(place.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
    fd = open_and_unlink(place);
  }
  if (fd < 0) {
    return system_failure(concat("temporary file in ", place), errno);
  }
  file.reset(fd);
  return {};
}

}  // namespace wserve::base
