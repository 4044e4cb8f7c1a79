// base/byte_buffer: pieces that become one.
#include <string>

#include "base/byte_buffer.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::base;

namespace {

void test_byte_buffer__appends_while_it_grows(void**) {
  ByteBuffer buffer;
  std::string expected;
  assert_true(buffer.empty());
  for (std::size_t size = 0; size < 2000; size += 7) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    buffer.append(piece).append("\r\n");
    expected += piece + "\r\n";
  }
  assert_int_equal(buffer.size(), expected.size());
  assert_text_equal(buffer.view(), expected);
}

void test_byte_buffer__is_empty_after_clear_and_keeps_its_place(void**) {
  ByteBuffer buffer;
  buffer.append("before");
  const char* place = buffer.view().data();
  buffer.clear();
  assert_true(buffer.empty());
  assert_text_equal(buffer.view(), "");
  assert_ptr_equal(buffer.append("after").view().data(), place);
}

void test_byte_buffer__does_not_move_within_what_was_reserved(void**) {
  ByteBuffer buffer;
  buffer.reserve(10'000);
  const char* place = buffer.append("x").view().data();
  assert_ptr_equal(buffer.append(std::string(9'999, 'y')).view().data(), place);
}

void test_byte_buffer__is_empty_when_it_was_moved_from(void**) {
  ByteBuffer first;
  first.append("content");
  ByteBuffer second(std::move(first));
  assert_text_equal(second.view(), "content");
  assert_true(first.empty());  // NOLINT(bugprone-use-after-move): that is the question
  first.append("again");
  second = std::move(first);
  assert_text_equal(second.view(), "again");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_byte_buffer__appends_while_it_grows),
      cmocka_unit_test(test_byte_buffer__is_empty_after_clear_and_keeps_its_place),
      cmocka_unit_test(test_byte_buffer__does_not_move_within_what_was_reserved),
      cmocka_unit_test(test_byte_buffer__is_empty_when_it_was_moved_from),
  };
  return cmocka_run_group_tests_name("base/byte_buffer", tests, nullptr, nullptr);
}
