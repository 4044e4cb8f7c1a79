// The calling thread: its policy, and its first exception.
#include "base/thread.h"

#include <sched.h>

#include <exception>

namespace wserve::base {

void prepare_to_throw() noexcept {
  static_cast<void>(std::uncaught_exceptions());
}

bool has_usual_policy() noexcept {
  return ::sched_getscheduler(0) == SCHED_OTHER;
}

void may_interrupt(bool others) noexcept {
  const sched_param none{};
  const int policy = others ? SCHED_OTHER : SCHED_BATCH;
  static_cast<void>(::sched_setscheduler(0, policy, &none));  // 0: this thread
}

}  // namespace wserve::base
