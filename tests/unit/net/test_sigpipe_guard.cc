// net/sigpipe_guard: SIGPIPE, whose default is to end the process, is never seen.
#include <signal.h>

#include <cerrno>

#include "net/connection/sigpipe_guard.h"
#include "support/cmocka.h"

using wserve::net::SigpipeGuard;

namespace {

bool is_blocked() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return ::sigismember(&blocked, SIGPIPE) == 1;
}

bool is_pending() {
  sigset_t pending;
  ::sigpending(&pending);
  return ::sigismember(&pending, SIGPIPE) == 1;
}

// sendfile(2) says how much it has sent, not that the client left before the rest.
void test_sigpipe_guard__takes_the_signal_of_a_call_that_did_not_fail(void**) {
  errno = 0;
  {
    const SigpipeGuard guard;
    assert_int_equal(::raise(SIGPIPE), 0);
    assert_true(is_pending());
  }
  assert_false(is_pending());
  assert_false(is_blocked());
}

void test_sigpipe_guard__keeps_errno(void**) {
  {
    const SigpipeGuard guard;
    errno = ENOSPC;
  }
  assert_int_equal(errno, ENOSPC);
}

void test_sigpipe_guard__leaves_what_the_program_has_blocked(void**) {
  sigset_t sigpipe;
  ::sigemptyset(&sigpipe);
  ::sigaddset(&sigpipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  {
    const SigpipeGuard guard;
    assert_int_equal(::raise(SIGPIPE), 0);
  }
  assert_true(is_blocked());
  assert_true(is_pending());
  int taken = 0;
  assert_int_equal(::sigwait(&sigpipe, &taken), 0);
  ::pthread_sigmask(SIG_UNBLOCK, &sigpipe, nullptr);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_sigpipe_guard__takes_the_signal_of_a_call_that_did_not_fail),
      cmocka_unit_test(test_sigpipe_guard__keeps_errno),
      cmocka_unit_test(test_sigpipe_guard__leaves_what_the_program_has_blocked),
  };
  return cmocka_run_group_tests_name("net/sigpipe_guard", tests, nullptr, nullptr);
}
