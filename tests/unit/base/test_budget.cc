// base/budget: many holders, one limit.
#include "base/budget.h"
#include "support/cmocka.h"

using wserve::base::Budget;
using wserve::base::BudgetShare;

namespace {

constexpr std::uint64_t kBlock = BudgetShare::kBlock;

void test_budget__the_limit_itself_is_allowed(void**) {
  Budget budget;
  budget.set_limit(10);
  assert_true(budget.take(7));
  assert_true(budget.take(3));
  assert_false(budget.take(1));
  assert_int_equal(budget.used(), 10);
  budget.give_back(4);
  assert_true(budget.take(4));
}

void test_budget__no_limit_still_counts(void**) {
  Budget budget;
  assert_true(budget.take(1'000'000'000'000));
  assert_int_equal(budget.used(), 1'000'000'000'000);
}

void test_budget__remembers_how_much_there_was(void**) {
  Budget budget;
  assert_true(budget.take(100));
  assert_false(budget.has_fallen_by(50));
  budget.give_back(45);
  assert_false(budget.has_fallen_by(40));  // more than half is left
  budget.give_back(15);
  assert_true(budget.has_fallen_by(60));
  assert_false(budget.has_fallen_by(61));
  budget.forget_peak();
  assert_false(budget.has_fallen_by(1));
}

void test_budget_share__the_first_block_is_free(void**) {
  Budget budget;
  budget.set_limit(1);
  BudgetShare share;
  assert_true(share.cover(budget, kBlock));
  assert_int_equal(budget.used(), 0);
  assert_false(share.cover(budget, kBlock + 1));
  assert_int_equal(budget.used(), 0);
}

void test_budget_share__grows_by_blocks_and_gives_all_back(void**) {
  Budget budget;
  budget.set_limit(2 * kBlock);
  BudgetShare share;
  assert_true(share.cover(budget, kBlock + 1));
  assert_int_equal(budget.used(), kBlock);
  assert_true(share.cover(budget, 2 * kBlock));
  assert_int_equal(budget.used(), kBlock);
  assert_true(share.cover(budget, 3 * kBlock));
  assert_int_equal(budget.used(), 2 * kBlock);
  assert_false(share.cover(budget, 3 * kBlock + 1));
  share.drop();
  assert_int_equal(budget.used(), 0);
  {
    BudgetShare other;
    assert_true(other.cover(budget, 3 * kBlock));
    assert_false(share.cover(budget, 2 * kBlock));
  }
  assert_true(share.cover(budget, 2 * kBlock));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_budget__the_limit_itself_is_allowed),
      cmocka_unit_test(test_budget__no_limit_still_counts),
      cmocka_unit_test(test_budget__remembers_how_much_there_was),
      cmocka_unit_test(test_budget_share__the_first_block_is_free),
      cmocka_unit_test(test_budget_share__grows_by_blocks_and_gives_all_back),
  };
  return cmocka_run_group_tests_name("base/budget", tests, nullptr, nullptr);
}
