// Until the end or the limit.
#include "base/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "base/unique_fd.h"

namespace wserve::base {

Status read_file(const std::string& path, std::size_t max, std::string& text) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    return system_failure(path, errno);
  }
  text.resize(max + 1);
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno != EINTR) {
      return system_failure(path, errno);
    }
    if (got == 0 || size > max) {
      break;
    }
    size += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  if (size > max) {
    return {Code::kInvalid, concat(path, ": longer than ", max, " bytes")};
  }
  text.resize(size);
  return {};
}

}  // namespace wserve::base
