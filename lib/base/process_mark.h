// Tells a process from its children without a system call.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

namespace wserve::base {

// A page that the kernel empties in a child (madvise(2), MADV_WIPEONFORK). Where there is none, the
// process id is asked for.
class ProcessMark {
 public:
  ProcessMark() noexcept {
    void* page = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
      return;
    }
    if (::madvise(page, kSize, MADV_WIPEONFORK) != 0) {
      ::munmap(page, kSize);
      return;
    }
    mark_ = static_cast<volatile char*>(page);
    *mark_ = 1;
  }
  ProcessMark(const ProcessMark&) = delete;
  ProcessMark& operator=(const ProcessMark&) = delete;
  ~ProcessMark() {
    if (mark_ != nullptr) {
      ::munmap(const_cast<char*>(mark_), kSize);  // NOLINT: the kernel does not mind
    }
  }

  // True in the process that made it.
  [[nodiscard]] bool is_here() const noexcept {
    return mark_ != nullptr ? *mark_ != 0 : process_ == ::getpid();
  }

 private:
  static constexpr std::size_t kSize = 1;  // rounded up to a page

  const pid_t process_ = ::getpid();
  volatile char* mark_ = nullptr;
};

}  // namespace wserve::base
