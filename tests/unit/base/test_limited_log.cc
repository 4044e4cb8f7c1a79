// base/limited_log: how many lines of a kind come through, and how long they are.
#include <thread>
#include <vector>

#include "base/limited_log.h"
#include "support/capturing_log.h"
#include "support/cmocka.h"
#include "support/fake_clock.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::LimitedLog;
using base::Millis;
using base::Severity;

namespace {

struct Fixture {
  tests::CapturingLog log;
  tests::FakeClock clock;
  LimitedLog limited{log, clock, "knocks", {.lines = 3, .period = Millis(1'000), .line_bytes = 20}};

  void write(int lines) {
    for (int i = 0; i < lines; ++i) {
      limited.write(Severity::kInfo, "knock");
    }
  }
};

void test_limited_log__passes_so_many_and_counts_the_rest(void**) {
  Fixture f;
  f.write(3);
  assert_false(f.limited.has_left_out());
  f.write(1000);
  assert_int_equal(f.log.lines.size(), 3);
  f.limited.tick();
  assert_int_equal(f.log.lines.size(), 3);
  f.clock.advance(Millis(1'000));
  f.write(1);
  assert_int_equal(f.log.lines.size(), 5);
  assert_text_equal(f.log.lines[3], "knocks: 1000 more line(s) of this kind were left out");
  assert_text_equal(f.log.lines[4], "knock");
}

void test_limited_log__says_the_count_though_no_more_lines_come(void**) {
  Fixture f;
  f.write(5);
  f.clock.advance(Millis(999));
  f.limited.tick();
  assert_int_equal(f.log.lines.size(), 3);
  f.clock.advance(Millis(1));
  f.limited.tick();
  f.limited.tick();
  assert_int_equal(f.log.lines.size(), 4);
  assert_contains(f.log.lines.back(), "knocks: 2 more");
  assert_false(f.limited.has_left_out());
}

void test_limited_log__says_the_count_at_the_end(void**) {
  Fixture f;
  f.write(4);
  f.limited.write(Severity::kError, "crash");
  f.limited.flush();
  assert_contains(f.log.lines.back(), "knocks: 2 more");
  // As severe as the most severe line of them.
  assert_true(f.log.last_severity == Severity::kError);
}

void test_limited_log__cuts_long_lines_between_characters(void**) {
  Fixture f;
  f.limited.write(Severity::kInfo, std::string(20, 'x'));
  assert_text_equal(f.log.lines.back(), std::string(20, 'x'));
  f.limited.write(Severity::kInfo, std::string(1000, 'x'));
  assert_text_equal(f.log.lines.back(), std::string(20, 'x') + "... (980 more bytes)");
  f.limited.write(Severity::kInfo, std::string(18, 'x') + "\u20ac\u20ac");
  assert_text_equal(f.log.lines.back(), std::string(18, 'x') + "... (6 more bytes)");
}

void test_limited_log__counts_for_all_threads(void**) {
  class Counting final : public base::Log {
   public:
    [[nodiscard]] bool wants(Severity /*severity*/) const noexcept override { return true; }
    void write(Severity /*severity*/, std::string_view /*line*/) noexcept override { ++lines; }
    std::atomic<int> lines{0};
  };
  Counting log;
  const tests::FakeClock clock;
  LimitedLog limited(log, clock, "knocks");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int line = 0; line < 1000; ++line) {
        limited.write(Severity::kInfo, "knock");
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  assert_int_equal(log.lines.load(), 20);
  assert_true(limited.has_left_out());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_limited_log__passes_so_many_and_counts_the_rest),
      cmocka_unit_test(test_limited_log__says_the_count_though_no_more_lines_come),
      cmocka_unit_test(test_limited_log__says_the_count_at_the_end),
      cmocka_unit_test(test_limited_log__cuts_long_lines_between_characters),
      cmocka_unit_test(test_limited_log__counts_for_all_threads),
  };
  return cmocka_run_group_tests_name("base/limited_log", tests, nullptr, nullptr);
}
