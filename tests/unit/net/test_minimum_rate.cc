// net/minimum_rate: an average over each window.
#include "net/connection/minimum_rate.h"
#include "support/cmocka.h"

using wserve::base::Millis;
using wserve::net::MinimumRate;
using wserve::net::RateRule;

namespace {

constexpr RateRule kRule{Millis(10'000), 500};

void test_minimum_rate__judges_only_at_the_end_of_a_window(void**) {
  MinimumRate pace;
  pace.begin(0, Millis(1'000));
  assert_true(pace.keeps_up(1, Millis(2'000), kRule));
  assert_true(pace.keeps_up(2, Millis(10'999), kRule));
  assert_false(pace.keeps_up(4'999, Millis(11'000), kRule));
}

void test_minimum_rate__the_limit_itself_will_do(void**) {
  MinimumRate pace;
  pace.begin(0, Millis(0));
  assert_true(pace.keeps_up(5'000, Millis(10'000), kRule));
}

void test_minimum_rate__each_window_is_judged_on_its_own(void**) {
  MinimumRate pace;
  pace.begin(0, Millis(0));
  assert_true(pace.keeps_up(1'000'000, Millis(10'000), kRule));
  assert_true(pace.keeps_up(1'000'001, Millis(19'999), kRule));
  assert_false(pace.keeps_up(1'000'002, Millis(20'000), kRule));
}

void test_minimum_rate__a_window_that_ended_late_counts_as_a_whole(void**) {
  MinimumRate pace;
  pace.begin(0, Millis(0));
  assert_false(pace.keeps_up(9'999, Millis(20'000), kRule));
  assert_true(pace.keeps_up(9'999 + 5'250, Millis(30'500), kRule));
}

void test_minimum_rate__without_a_rule_everything_will_do(void**) {
  MinimumRate pace;
  pace.begin(7, Millis(0));
  assert_true(pace.keeps_up(7, Millis(1'000'000), {Millis(0), 500}));
  assert_true(pace.keeps_up(7, Millis(1'000'000), {Millis(1), 0}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_minimum_rate__judges_only_at_the_end_of_a_window),
      cmocka_unit_test(test_minimum_rate__the_limit_itself_will_do),
      cmocka_unit_test(test_minimum_rate__each_window_is_judged_on_its_own),
      cmocka_unit_test(test_minimum_rate__a_window_that_ended_late_counts_as_a_whole),
      cmocka_unit_test(test_minimum_rate__without_a_rule_everything_will_do),
  };
  return cmocka_run_group_tests_name("net/minimum_rate", tests, nullptr, nullptr);
}
