// An eventfd(2): set or not.
#pragma once

#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::base {

class EventFd {
 public:
  // kSystem when no descriptor is left.
  Status open();
  // Readable while it is set; -1 before open().
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  // Any thread, also in a signal handler: errno is kept. Nothing happens before open().
  void set() const noexcept { set(fd()); }
  void clear() const noexcept { clear(fd()); }

  // Whoever calls closes it.
  [[nodiscard]] int release() noexcept { return fd_.release(); }
  // The same for one that was released, or -1.
  static void set(int fd) noexcept;
  static void clear(int fd) noexcept;

 private:
  UniqueFd fd_;
};

}  // namespace wserve::base
