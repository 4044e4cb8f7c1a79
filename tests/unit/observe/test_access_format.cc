// observe/access_format, observe/escape: what a line says, and what nobody can make it say.
#include "observe/access_format.h"
#include "observe/escape.h"
#include "support/cmocka.h"
#include "support/fake_clock.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::ByteView;
using observe::AccessFormat;

namespace {

std::string escaped(ByteView text, bool is_quoted) {
  std::string line;
  observe::append_escaped(line, text, is_quoted);
  return line;
}

std::string json(ByteView text) {
  std::string line;
  observe::append_json(line, text);
  return line;
}

void test_access_format__escapes_what_could_end_a_field(void**) {
  assert_text_equal(escaped("a b", true), "a b");
  assert_text_equal(escaped("a b", false), "a\\x20b");
  assert_text_equal(escaped("\"\\", true), "\\\"\\\\");
  assert_text_equal(escaped(ByteView("\0\n\r\x1b\x7f\xc3\xa9", 7), true),
                    "\\x00\\x0a\\x0d\\x1b\\x7f\\xc3\\xa9");
  assert_text_equal(escaped("", false), "-");
}

void test_access_format__json_is_always_utf8(void**) {
  assert_text_equal(json("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
  // U+0085 and U+2028 end lines for some readers, U+202E turns what follows.
  assert_text_equal(json("\xc2\x85\xe2\x80\xa8\xe2\x80\xae"), "\"\\u0085\\u2028\\u202e\"");
  assert_text_equal(json("\xc3\xa9 \xf0\x9f\x98\x80"), "\"\xc3\xa9 \xf0\x9f\x98\x80\"");
  // Overlong, a surrogate, beyond the last, cut off, alone.
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    std::string expected = "\"";
    for (std::size_t i = 0; bad[i] != '\0'; ++i) {
      expected += "\\ufffd";
    }
    assert_text_equal(json(bad), expected + '"');
  }
}

void test_access_format__refuses_codes_that_are_none(void**) {
  AccessFormat format;
  for (const char* bad : {"%", "%y", "%{a}", "%{a", "%i", "%o", "%x", "%{nothing}x", "", "jsno",
                          "plain", "a\nb", "%m %", "%{%H}t", "%{hours}T", "\xc2\x85%m"}) {
    assert_false(AccessFormat::parse(bad, format).is_ok());
  }
  for (const char* good : {"common", "combined", "json", "%%", "a%mb", "%{A}i", "%>s"}) {
    assert_true(AccessFormat::parse(good, format).is_ok());
  }
  const base::Status status = AccessFormat::parse("%y", format);
  assert_contains(status.message(), "no code such as \"%y\"; there are %% %a ");
  assert_contains(status.message(), " %{NAME}i ");
  assert_contains(status.message(), " %{queue_time}x");
}

void test_access_format__a_request_that_never_was_has_a_line(void**) {
  tests::FakeClock clock;
  const app::Observers observers(clock);
  gateway::Endpoint endpoint;
  endpoint.peer_port = 7;
  const auto seen = app::Observation::make(observers, endpoint, clock.precise_now());
  seen->end(app::Cause::kClientGone, 0);
  const observe::Record record(*seen, base::Micros(0));
  AccessFormat format;
  std::string line;
  assert_true(AccessFormat::parse("%r %s %b %{X}i %{cause}x %{queue_time}x %D|", format).is_ok());
  format.append(line, record);
  assert_text_equal(line, "- 499 - - client_gone - 0|\n");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_access_format__escapes_what_could_end_a_field),
      cmocka_unit_test(test_access_format__json_is_always_utf8),
      cmocka_unit_test(test_access_format__refuses_codes_that_are_none),
      cmocka_unit_test(test_access_format__a_request_that_never_was_has_a_line),
  };
  return cmocka_run_group_tests_name("observe/access_format", tests, nullptr, nullptr);
}
