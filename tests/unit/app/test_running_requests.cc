// app/running_requests: which requests are slow, and how often that is said.
#include <string>

#include "app/running_requests.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::RunningRequests;
using base::Millis;

namespace {

constexpr Millis kLimit{1'000};

// Looks every 250 milliseconds; how many lines came, and the last one.
struct Looks {
  Millis now{10'000};
  int lines = 0;
  std::string last;

  void pass(RunningRequests& requests, Millis time) {
    for (const Millis end = now + time; now < end;) {
      now += Millis(250);
      for (const auto& [line, request, number, thread] : requests.take_slow(now)) {
        ++lines;
        last = line;
      }
    }
  }
};

void test_running_requests__a_slow_one_is_named_once_per_doubling(void**) {
  RunningRequests requests(kLimit);
  RunningRequests::Entry entry;
  Looks looks;
  looks.pass(requests, Millis(1'000));
  requests.enter(entry, &entry, "GET /slow", looks.now);
  looks.pass(requests, Millis(750));
  assert_int_equal(looks.lines, 0);
  looks.pass(requests, Millis(250));
  assert_int_equal(looks.lines, 1);
  assert_contains(looks.last, "GET /slow has been running for 1.0 s; thread ");
  assert_contains(looks.last, " has taken it");
  looks.pass(requests, Millis(750));
  assert_int_equal(looks.lines, 1);
  looks.pass(requests, Millis(250));
  assert_int_equal(looks.lines, 2);
  assert_contains(looks.last, "for 2.0 s");
  looks.pass(requests, Millis(6'000));
  assert_int_equal(looks.lines, 4);
  assert_contains(looks.last, "for 8.0 s");
  assert_true(requests.has(1));
  entry.leave();
  assert_false(requests.has(1));
}

void test_running_requests__who_has_left_is_not_named(void**) {
  RunningRequests requests(kLimit);
  RunningRequests::Entry first;
  RunningRequests::Entry second;
  RunningRequests::Entry third;
  Looks looks;
  looks.pass(requests, Millis(1'000));
  requests.enter(first, nullptr, "GET /1", looks.now);
  requests.enter(second, nullptr, "GET /2", looks.now);
  requests.enter(third, nullptr, "GET /3", looks.now);
  second.leave();
  second.leave();
  first.leave();
  looks.pass(requests, Millis(1'000));
  assert_int_equal(looks.lines, 1);
  assert_contains(looks.last, "GET /3 ");
  third.leave();
  looks.pass(requests, Millis(10'000));
  assert_int_equal(looks.lines, 1);
}

// It is the same place, and its time begins anew.
void test_running_requests__a_place_is_used_again(void**) {
  RunningRequests requests(kLimit);
  RunningRequests::Entry entry;
  Looks looks;
  looks.pass(requests, Millis(1'000));
  for (int i = 0; i < 5; ++i) {
    requests.enter(entry, &entry, "GET /quick", looks.now);
    looks.pass(requests, Millis(750));
    entry.leave();
  }
  assert_int_equal(looks.lines, 0);
}

// SIGSTOP, a frozen container: nobody has looked, and no application has run.
void test_running_requests__a_pause_of_the_process_makes_nobody_slow(void**) {
  RunningRequests requests(kLimit);
  RunningRequests::Entry entry;
  Looks looks;
  looks.pass(requests, Millis(1'000));
  requests.enter(entry, &entry, "GET /", looks.now);
  looks.pass(requests, Millis(250));
  looks.now += Millis(3'600'000);
  looks.pass(requests, Millis(250));
  assert_int_equal(looks.lines, 0);
  looks.pass(requests, Millis(250));
  assert_int_equal(looks.lines, 1);
  entry.leave();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_running_requests__a_slow_one_is_named_once_per_doubling),
      cmocka_unit_test(test_running_requests__who_has_left_is_not_named),
      cmocka_unit_test(test_running_requests__a_place_is_used_again),
      cmocka_unit_test(test_running_requests__a_pause_of_the_process_makes_nobody_slow),
  };
  return cmocka_run_group_tests_name("app/running_requests", tests, nullptr, nullptr);
}
