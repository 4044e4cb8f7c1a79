// base/text: messages that hold texts from outside.
#include <string>

#include "base/text.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::base;
using namespace std::literals;

namespace {

void test_text__joins_texts_and_numbers(void**) {
  assert_text_equal(concat("a", 'b', 0, "..", -1, std::string("c")), "ab0..-1c");
}

void test_text__printable_is_one_line_without_control_bytes(void**) {
  assert_text_equal(printable("/a\r\nwserve: error: b\x1b[0m\x7f"),
                    "/a\\r\\nwserve: error: b\\x1b[0m\\x7f");
  assert_text_equal(printable("\0"sv), "\\x00");
  // U+009B is a CSI, as ESC [ is.
  assert_text_equal(printable("\xc2\x9b"
                              "31m \x9b"
                              "31m\x9b\x9b"),
                    "\\xc2\\x9b31m \\x9b31m\\x9b\\x9b");
  assert_text_equal(printable("\xe2\x82\xac \xf0\x9f\x98\x80 \xc5\x9b"),
                    "\xe2\x82\xac \xf0\x9f\x98\x80 \xc5\x9b");
  assert_text_equal(printable("\xff\x9b"
                              "31m \xa0\x9b"),
                    "\\xff\\x9b31m \\xa0\\x9b");
  assert_text_equal(printable("\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82"),
                    "\\xc0\\x80 \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xe2\\x82");
  assert_text_equal(printable("\xe2\x80\xa8 \xe2\x80\xa9 \xc2\x85 \xe2\x80\xae \xd8\x9c"),
                    "\\xe2\\x80\\xa8 \\xe2\\x80\\xa9 \\xc2\\x85 \\xe2\\x80\\xae \\xd8\\x9c");
  assert_text_equal(printable("a\tb \xc3\xa9 \\"), "a\tb \xc3\xa9 \\");
}

void test_text__printable_ends_where_there_is_no_room(void**) {
  char room[5];
  const auto in_room = [&room](std::string_view text) {
    return std::string_view(room, printable(text, room));
  };
  assert_text_equal(in_room("abcd\n"), "abcd");
  assert_text_equal(in_room("abc\ndef"), "abc\\n");
  assert_text_equal(in_room("abc\xe2\x82\xac"), "abc");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_text__joins_texts_and_numbers),
      cmocka_unit_test(test_text__printable_is_one_line_without_control_bytes),
      cmocka_unit_test(test_text__printable_ends_where_there_is_no_room),
  };
  return cmocka_run_group_tests_name("base/text", tests, nullptr, nullptr);
}
