// Walks down from a folder, one name at a time.
#include "form/open_below.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace wserve::form {

using base::ByteView;
using base::UniqueFd;

namespace {

constexpr int kFolderFlags = O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
constexpr int kFileFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

using Name = std::array<char, NAME_MAX + 1>;

// Takes the next name off; an errno value when no file can have it.
int take_name(ByteView& path, Name& name) noexcept {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const ByteView text = path.substr(0, path.find('/'));
  path.remove_prefix(text.size());
  if (text == "." || text == ".." || text.find('\0') != ByteView::npos) {
    return ENOENT;
  }
  if (text.size() > NAME_MAX) {
    return ENAMETOOLONG;
  }
  *std::copy(text.begin(), text.end(), name.begin()) = '\0';
  return 0;
}

int kind_of(const struct stat& file) noexcept {
  return S_ISREG(file.st_mode) ? 0 : S_ISDIR(file.st_mode) ? EISDIR : ENOENT;
}

// Asks before it opens: opening a device may have effects. Asks again, as it may be another now.
int open_file(int folder, const char* name, UniqueFd& file) noexcept {
  struct stat found {};
  if (::fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno;
  }
  if (const int wrong = kind_of(found); wrong != 0) {
    return wrong;
  }
  UniqueFd opened(::openat(folder, name, kFileFlags));
  if (!opened.is_open() || ::fstat(opened.get(), &found) != 0) {
    return errno;
  }
  const int wrong = kind_of(found);
  if (wrong == 0) {
    file = std::move(opened);
  }
  return wrong;
}

}  // namespace

int open_below(int folder, ByteView path, UniqueFd& file) noexcept {
  UniqueFd at;  // none: it is the folder itself, which stays the caller's
  for (;;) {
    Name name;
    if (const int wrong = take_name(path, name); wrong != 0) {
      return wrong;
    }
    const int here = at.is_open() ? at.get() : folder;
    if (name[0] == '\0') {
      return EISDIR;
    }
    if (path.empty()) {
      return open_file(here, name.data(), file);
    }
    UniqueFd next(::openat(here, name.data(), kFolderFlags));
    if (!next.is_open()) {
      return errno;
    }
    at = std::move(next);
  }
}

}  // namespace wserve::form
