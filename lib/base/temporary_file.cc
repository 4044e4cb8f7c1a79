// Nameless files, by O_TMPFILE where the file system has it and by unlinking where not; and the
// spare ones.
#include "base/temporary_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"

namespace wserve::base {

namespace {

int open_and_unlink(const std::string& folder) {
  std::string path = folder + "/wserve-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd >= 0) {
    ::unlink(path.c_str());
  }
  return fd;
}

Status open_new(const std::string& folder, UniqueFd& file) {
  const std::string place = temporary_folder(folder);
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

}  // namespace

std::string temporary_folder(const std::string& folder) {
  if (!folder.empty()) {
    return folder;
  }
  const char* from_environment = ::secure_getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

Status TemporaryFiles::open(const std::string& folder, TemporaryFile& file) {
  file = take_spare();
  Status opened;
  if (!file.fd.is_open()) {
    file.reuser = ::getpid();
    opened = open_new(folder, file.fd);
  }
  if (opened.is_ok()) {
    opened_.fetch_add(1, std::memory_order_relaxed);
  }
  return opened;
}

// Those that a parent of this process opened are left to it.
TemporaryFile TemporaryFiles::take_spare() noexcept {
  const pid_t self = ::getpid();
  MutexLock lock(mutex_);
  while (count_ > 0) {
    TemporaryFile file = std::move(spare_[--count_]);
    if (file.reuser == self) {
      return file;
    }
  }
  return {};
}

void TemporaryFiles::give_back(TemporaryFile file, std::uint64_t size) noexcept {
  if (size > kMaxSpareBytes || file.reuser != ::getpid()) {
    return;
  }
  MutexLock lock(mutex_);
  if (count_ < kMaxSpare) {
    spare_[count_++] = std::move(file);
  }
}

bool TemporaryFiles::drop_spare() noexcept {
  MutexLock lock(mutex_);
  const bool had_some = count_ > 0;
  while (count_ > 0) {
    spare_[--count_] = TemporaryFile();
  }
  return had_some;
}

}  // namespace wserve::base
