// The signal mask dance around a call that may raise SIGPIPE.
#include "net/connection/sigpipe_guard.h"

#include <cerrno>
#include <ctime>

namespace wserve::net {

namespace {

sigset_t sigpipe_alone() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

SigpipeGuard::SigpipeGuard() noexcept {
  const sigset_t sigpipe = sigpipe_alone();
  ::pthread_sigmask(SIG_BLOCK, &sigpipe, &before_);
  is_blocked_already_ = ::sigismember(&before_, SIGPIPE) == 1;
}

SigpipeGuard::~SigpipeGuard() {
  if (is_blocked_already_) {
    return;
  }
  const int kept_errno = errno;
  // Whatever the call has said: sendfile(2) may have sent a part, and raise it for the rest.
  const sigset_t sigpipe = sigpipe_alone();
  const timespec no_wait{};
  ::sigtimedwait(&sigpipe, nullptr, &no_wait);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = kept_errno;
}

}  // namespace wserve::net
