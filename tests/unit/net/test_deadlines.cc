// net/deadlines: who has waited too long.
#include "net/events/deadlines.h"
#include "support/cmocka.h"

using namespace wserve::net;
using wserve::base::Millis;

namespace {

void test_deadlines__expire_in_the_order_of_waiting(void**) {
  Deadlines deadlines;
  deadlines.set_limit(Waiting::kHead, Millis(10));
  DeadlineHook first;
  DeadlineHook second;
  deadlines.wait(first, Waiting::kHead, Millis(100));
  deadlines.wait(second, Waiting::kHead, Millis(105));
  assert_null(deadlines.expired(Waiting::kHead, Millis(109)));
  assert_ptr_equal(deadlines.expired(Waiting::kHead, Millis(110)), &first);
  first.unlink();
  assert_null(deadlines.expired(Waiting::kHead, Millis(110)));
  assert_ptr_equal(deadlines.expired(Waiting::kHead, Millis(115)), &second);
}

void test_deadlines__a_new_wait_goes_to_the_end(void**) {
  Deadlines deadlines;
  deadlines.set_limit(Waiting::kBody, Millis(10));
  DeadlineHook first;
  DeadlineHook second;
  deadlines.wait(first, Waiting::kBody, Millis(100));
  deadlines.wait(second, Waiting::kBody, Millis(101));
  deadlines.wait(first, Waiting::kBody, Millis(105));
  assert_ptr_equal(deadlines.expired(Waiting::kBody, Millis(112)), &second);
  deadlines.wait(second, Waiting::kAnswer, Millis(112));
  assert_null(deadlines.expired(Waiting::kBody, Millis(112)));
  assert_int_equal(static_cast<int>(second.waiting()), static_cast<int>(Waiting::kAnswer));
}

void test_deadlines__no_limit_never_expires(void**) {
  Deadlines deadlines;
  DeadlineHook hook;
  deadlines.wait(hook, Waiting::kAnswer, Millis(0));
  assert_null(deadlines.expired(Waiting::kAnswer, Millis(1'000'000'000)));
}

void test_deadlines__can_be_walked(void**) {
  Deadlines deadlines;
  DeadlineHook hooks[3];
  assert_null(deadlines.first(Waiting::kAnswer));
  for (DeadlineHook& hook : hooks) {
    deadlines.wait(hook, Waiting::kAnswer, Millis(1));
  }
  DeadlineHook* at = deadlines.first(Waiting::kAnswer);
  for (DeadlineHook& hook : hooks) {
    assert_ptr_equal(at, &hook);
    at = deadlines.after(*at);
  }
  assert_null(at);
}

void test_deadlines__hooks_and_lists_may_die_in_any_order(void**) {
  DeadlineHook survivor;
  {
    Deadlines deadlines;
    deadlines.wait(survivor, Waiting::kHead, Millis(1));
    DeadlineHook mortal;
    deadlines.wait(mortal, Waiting::kHead, Millis(1));
  }
  survivor.unlink();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_deadlines__expire_in_the_order_of_waiting),
      cmocka_unit_test(test_deadlines__a_new_wait_goes_to_the_end),
      cmocka_unit_test(test_deadlines__no_limit_never_expires),
      cmocka_unit_test(test_deadlines__can_be_walked),
      cmocka_unit_test(test_deadlines__hooks_and_lists_may_die_in_any_order),
  };
  return cmocka_run_group_tests_name("net/deadlines", tests, nullptr, nullptr);
}
