// http/grammar: tokens, values, quoted strings, authorities.
#include <string>

#include "http/grammar.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::http;

namespace {

void test_grammar__tokens(void**) {
  assert_true(is_token("X-A!#$%&'*+.^_`|~9"));
  for (const char* text : {"", "a b", "a:", "a\"", "a(", "a/", "a=", "a\x7f", "a\x80", "a,"}) {
    assert_false(is_token(text));
  }
}

// Names are scanned by sixteen bytes, too.
void test_grammar__a_token_ends_at_its_first_other_byte(void**) {
  const ByteView text = "Az-zA--abcdefghijKLMNOPQRSTUVWXYZ:";
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string with(text);
      with[at] = static_cast<char>(c);
      const bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
      const TokenScan scan = scan_token(with);
      assert_int_equal(scan.size, is_token_char(with[at]) ? text.size() - 1 : at);
      assert_false(scan.is_plain && is_token_char(with[at]) && !is_letter && c != '-');
    }
  }
  assert_true(scan_token("Accept-Encoding: gzip").is_plain);
  assert_false(scan_token("X_Forwarded_For: 1.2.3.4").is_plain);
}

void test_grammar__every_byte_of_a_value(void**) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
    assert_int_equal(is_field_value(ByteView(&byte, 1)), allowed);
  }
}

// Values are scanned by sixteen bytes: each byte at each place of them, and behind bytes of all
// kinds.
void test_grammar__a_value_ends_at_its_first_control(void**) {
  for (const char* filler : {"a", "\t", "\x80", "\xff ", "~!"}) {
    std::string text;
    while (text.size() < 56) {
      text += filler;
    }
    for (std::size_t at = 0; at < 36; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string with = text;
        with[at] = static_cast<char>(c);
        with[46] = '\r';
        const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
        assert_int_equal(count_value_chars(with), allowed ? 46 : at);
        assert_int_equal(count_value_chars(ByteView(with).substr(0, at + 1)), at + allowed);
      }
    }
  }
}

void test_grammar__quoted_strings(void**) {
  assert_true(is_quoted_string("\"\""));
  assert_true(is_quoted_string("\"a \\\" b\""));
  assert_text_equal(unquote("\"a \\\" b\\\\\""), "a \" b\\");
  for (const char* text :
       {"", "\"", "\"a", "a\"", "\"a\"b\"", "\"\\\"", "\"a\x01\"", "\"a\\\n\""}) {
    assert_false(is_quoted_string(text));
  }
}

void test_grammar__authorities(void**) {
  for (const char* text : {"", "example.com", "example.com:80", "example.com:", "127.0.0.1:8080",
                           "[::1]", "[2001:db8::1]:443", "a_b-c.d", "%41", "xn--nxasmq6b"}) {
    assert_true(is_authority(text));
  }
  for (const char* text :
       {":80", "a b", "user@host", "a:b", "a:80:80", "[::1", "::1]", "[1.2.3.4]", "[]", "[::1]x",
        "[::1]:99999", "a/b", "a?b", "a#b", "a\\b", "a:-1", "http://a", "[::1%25lo]", "a<b>"}) {
    assert_false(is_authority(text));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_grammar__tokens),
      cmocka_unit_test(test_grammar__a_token_ends_at_its_first_other_byte),
      cmocka_unit_test(test_grammar__every_byte_of_a_value),
      cmocka_unit_test(test_grammar__a_value_ends_at_its_first_control),
      cmocka_unit_test(test_grammar__quoted_strings),
      cmocka_unit_test(test_grammar__authorities),
  };
  return cmocka_run_group_tests_name("http/grammar", tests, nullptr, nullptr);
}
