// http/target: the forms of a request-target, decoded once.
#include "http/target.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::http;

namespace {

struct ParsedCase {
  const char* target;
  const char* path;
  const char* query;
  const char* authority;
};

void test_target__parses(void**) {
  const ParsedCase cases[] = {
      {"/", "/", "", ""},
      {"/a/b?x=1&y=%41", "/a/b", "x=1&y=%41", ""},
      {"/a?", "/a", "", ""},
      {"/a?b?c", "/a", "b?c", ""},
      {"/a%20b", "/a b", "", ""},
      {"/a%C5%9B", "/a\xC5\x9B", "", ""},
      {"/a?%zz%2", "/a", "%zz%2", ""},
      {"/-._~!$&'()*+,;=:@[]|", "/-._~!$&'()*+,;=:@[]|", "", ""},
      {"/%2Fa%0d%0a", "/a\r\n", "", ""},
      {"/%252F", "/%2F", "", ""},
      {"/a+b;c=d", "/a+b;c=d", "", ""},
      {"///abc", "/abc", "", ""},
      {"//x//y", "/x//y", "", ""},
      {"//testing/whatever", "/testing/whatever", "", ""},
      {"/a//", "/a//", "", ""},
      {"/../a/./b", "/../a/./b", "", ""},
      {"/?a|b{}^\"<>\\`[]", "/", "a|b{}^\"<>\\`[]", ""},
      {"http://h:80/p?q", "/p", "q", "h:80"},
      {"HTTPS://example.com/", "/", "", "example.com"},
      {"http://h", "/", "", "h"},
      {"http://h?q", "/", "q", "h"},
      {"http://[::1]:8080/x", "/x", "", "[::1]:8080"},
  };
  for (const ParsedCase& c : cases) {
    wserve::base::Arena arena;
    Target target;
    assert_false(parse_target("GET", arena.copy(c.target), arena, target).has_value());
    assert_text_equal(target.path, c.path);
    assert_text_equal(target.query, c.query);
    assert_text_equal(target.authority, c.authority);
    // The C interface hands these out as they are.
    assert_int_equal(target.path.data()[target.path.size()], '\0');
    assert_int_equal(target.query.data()[target.query.size()], '\0');
  }
}

void test_target__refuses(void**) {
  for (const char* text : {"foo",
                           "?x",
                           "*",
                           "h:443",
                           "/a#b",
                           "/a%00b",
                           "http://",
                           "http:///x",
                           "http://u@h/",
                           "http://[::1/x",
                           "http://h:x/",
                           "ftp://h/",
                           "javascript://h/",
                           "/%",
                           "/%2",
                           "/%zz",
                           "/%2g",
                           "/%%41",
                           "http://h/%z",
                           "/{}",
                           "/^",
                           "/\"",
                           "/<>",
                           "/\\",
                           "/`",
                           "http://h/^",
                           "/a?b#c",
                           "/a?\x7f",
                           "/a?\xff",
                           "/a\x7f",
                           "/\x80",
                           "//\xff",
                           "/a\tb",
                           "/a\x01"}) {
    wserve::base::Arena arena;
    Target target;
    const Verdict verdict = parse_target("GET", arena.copy(text), arena, target);
    assert_true(verdict.has_value());
    assert_int_equal(verdict->status, 400);
    assert_text_equal(verdict->detail, "Bad URI");
  }
}

void test_target__asterisk_is_for_options(void**) {
  wserve::base::Arena arena;
  Target target;
  assert_false(parse_target("OPTIONS", arena.copy("*"), arena, target).has_value());
  assert_text_equal(target.path, "*");
}

void test_target__connect_is_not_implemented(void**) {
  wserve::base::Arena arena;
  Target target;
  assert_int_equal(parse_target("CONNECT", arena.copy("h:443"), arena, target)->status, 501);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_target__parses),
      cmocka_unit_test(test_target__refuses),
      cmocka_unit_test(test_target__asterisk_is_for_options),
      cmocka_unit_test(test_target__connect_is_not_implemented),
  };
  return cmocka_run_group_tests_name("http/target", tests, nullptr, nullptr);
}
