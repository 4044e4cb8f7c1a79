// base/simd16: finding a byte among sixteen, by either way.
#include <string>

#include "base/simd16.h"
#include "support/cmocka.h"

using namespace wserve::base;

namespace {

void assert_first(const std::string& bytes, std::size_t place) {
  const Mask marks = load_bytes16(bytes.data()) == 'x';
  assert_int_equal(first_set(marks), place);
  assert_int_equal(first_set_by_words(marks), place);
}

void test_simd16__the_first_mark_counts(void**) {
  const std::string none(sizeof(Bytes16), '\xff');
  assert_first(none, sizeof(Bytes16));
  for (std::size_t first = 0; first < sizeof(Bytes16); ++first) {
    for (std::size_t second = first; second < sizeof(Bytes16); ++second) {
      std::string bytes = none;
      bytes[first] = bytes[second] = 'x';
      assert_first(bytes, first);
    }
  }
}

void test_simd16__bytes_are_compared_without_sign(void**) {
  std::string bytes(sizeof(Bytes16), ' ');
  bytes[5] = '\x80';
  bytes[11] = '\x7f';
  assert_int_equal(first_set(load_bytes16(bytes.data()) > 0x7f), 5);
  assert_int_equal(first_set(load_bytes16(bytes.data()) > ' '), 5);
  assert_int_equal(first_set(load_bytes16(bytes.data()) == 0x7f), 11);
  assert_int_equal(first_set(load_bytes16(bytes.data()) < ' '), sizeof(Bytes16));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_simd16__the_first_mark_counts),
      cmocka_unit_test(test_simd16__bytes_are_compared_without_sign),
  };
  return cmocka_run_group_tests_name("base/simd16", tests, nullptr, nullptr);
}
