// capi/last_error: one line for people, whatever the message holds.
#include <string>

#include "capi/last_error.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Code;

namespace {

std::string remembered(std::string message) {
  capi::set_last_error({Code::kInvalid, std::move(message)});
  return capi::last_error();
}

void test_last_error__is_one_line_for_every_byte(void**) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = remembered(std::string("a") + static_cast<char>(byte) + "b");
    const bool is_plain = byte == '\t' || (byte >= 0x20 && byte < 0x7f);
    assert_int_equal(text.size(), is_plain ? 3 : byte == '\n' || byte == '\r' ? 4 : 6);
    for (const char c : text) {
      assert_true(c == '\t' || (c >= 0x20 && c < 0x7f));
    }
  }
  assert_text_equal(remembered("a\xe2\x80\xa8 \xc2\x85 \xe2\x82\xac"),
                    "a\\xe2\\x80\\xa8 \\xc2\\x85 \xe2\x82\xac");
}

void test_last_error__cuts_between_two_characters(void**) {
  const std::string filling(4088, 'x');
  assert_text_equal(remembered(filling + "y"), filling + "y");
  assert_text_equal(remembered(filling + "yz"), filling + "y [...]");
  assert_text_equal(remembered(filling + "\xc3\xa9"), filling + " [...]");
  assert_text_equal(remembered(filling + "\n"), filling + " [...]");
  // Every byte of it becomes four.
  assert_true(remembered(std::string(1100, '\x01')).ends_with("\\x01 [...]"));
}

void test_last_error__has_a_text_for_a_code_alone(void**) {
  capi::set_last_error(Code::kNoMemory);
  assert_true(std::string(capi::last_error()) != "");
  capi::clear_last_error();
  assert_text_equal(capi::last_error(), "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_last_error__is_one_line_for_every_byte),
      cmocka_unit_test(test_last_error__cuts_between_two_characters),
      cmocka_unit_test(test_last_error__has_a_text_for_a_code_alone),
  };
  return cmocka_run_group_tests_name("last_error", tests, nullptr, nullptr);
}
