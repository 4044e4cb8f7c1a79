// base/bytes: comparing, trimming, splitting, numbers.
#include <limits>

#include "base/bytes.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::base;

namespace {

void test_bytes__compares_without_case(void**) {
  assert_true(equals_ignoring_case("Content-Length", "cONTENT-lENGTH"));
  assert_false(equals_ignoring_case("a", "aa"));
  // Only ASCII letters have a case: "[" is "{" with another bit.
  assert_false(equals_ignoring_case("[", "{"));
  assert_false(equals_ignoring_case("\xe2\x84\xaa", "k"));
}

void test_bytes__trims_sp_and_htab_only(void**) {
  assert_text_equal(trim_blanks(" \t a b\t "), "a b");
  assert_text_equal(trim_blanks("\x85 a\xa0"), "\x85 a\xa0");
  assert_text_equal(trim_blanks(" \t"), "");
  assert_text_equal(trim_space("\r\n a \v\f"), "a");
}

void test_bytes__takes_parts_off_the_front(void**) {
  ByteView rest = "a,,b";
  assert_text_equal(take_until(rest, ','), "a");
  assert_text_equal(take_until(rest, ','), "");
  assert_text_equal(take_until(rest, ','), "b");
  assert_true(rest.empty());
  ByteView words = "  one\n two\t";
  assert_text_equal(take_word(words), "one");
  assert_text_equal(take_word(words), "two");
  assert_text_equal(take_word(words), "");
}

struct NumberCase {
  const char* text;
  NumberError error;
  std::uint64_t value;
};

void test_bytes__reads_digits_and_nothing_else(void**) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const NumberCase cases[] = {
      {"0", NumberError::kNone, 0},
      {"007", NumberError::kNone, 7},
      {"18446744073709551615", NumberError::kNone, kMax},
      {"18446744073709551616", NumberError::kTooLarge, 0},
      {"99999999999999999999999999", NumberError::kTooLarge, 0},
      {"", NumberError::kNotDigits, 0},
      {"+1", NumberError::kNotDigits, 0},
      {"-1", NumberError::kNotDigits, 0},
      {" 1", NumberError::kNotDigits, 0},
      {"0x1", NumberError::kNotDigits, 0},
      {"1_0", NumberError::kNotDigits, 0},
      {"99999999999999999999x", NumberError::kNotDigits, 0},
  };
  for (const NumberCase& c : cases) {
    std::uint64_t value = 0;
    assert_int_equal(static_cast<int>(parse_digits(c.text, value)), static_cast<int>(c.error));
    assert_true(value == c.value);
  }
}

void test_bytes__reads_ports(void**) {
  assert_int_equal(parse_port("65535").value_or(1), 65535);
  assert_int_equal(parse_port("0").value_or(1), 0);
  assert_false(parse_port("65536").has_value());
  assert_false(parse_port("80a").has_value());
  assert_false(parse_port("").has_value());
}

void test_bytes__knows_hexadecimal_digits(void**) {
  assert_int_equal(hex_value('f'), 15);
  assert_int_equal(hex_value('A'), 10);
  assert_int_equal(hex_value('9'), 9);
  assert_int_equal(hex_value('g'), -1);
  // http_parser takes every byte above 0x7f for a zero here.
  assert_int_equal(hex_value('\x80'), -1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_bytes__compares_without_case),
      cmocka_unit_test(test_bytes__trims_sp_and_htab_only),
      cmocka_unit_test(test_bytes__takes_parts_off_the_front),
      cmocka_unit_test(test_bytes__reads_digits_and_nothing_else),
      cmocka_unit_test(test_bytes__reads_ports),
      cmocka_unit_test(test_bytes__knows_hexadecimal_digits),
  };
  return cmocka_run_group_tests_name("base/bytes", tests, nullptr, nullptr);
}
