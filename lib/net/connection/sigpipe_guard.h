// Keeps sendfile(2), which has no MSG_NOSIGNAL, from raising SIGPIPE on a thread of the host
// program.
#pragma once

#include <signal.h>

namespace wserve::net {

// Blocks SIGPIPE on this thread while it lives, and takes a SIGPIPE away that came meanwhile. errno
// is kept.
class SigpipeGuard {
 public:
  SigpipeGuard() noexcept;
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;
  ~SigpipeGuard();

 private:
  sigset_t before_{};
  bool is_blocked_already_ = false;
};

}  // namespace wserve::net
