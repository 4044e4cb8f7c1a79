// gateway/raw_path: the undecoded tail of a target that belongs to a PATH_INFO.
#include "gateway/raw_path.h"
#include "gateway/url_prefix.h"
#include "http/target.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::ByteView;

namespace {

struct Case {
  ByteView prefix;
  ByteView target;
  ByteView path_info;
  ByteView raw;
};

void test_raw_path_info__belongs_to_path_info(void**) {
  const Case cases[] = {
      {"", "/", "/", "/"},
      {"", "/a/b", "/a/b", "/a/b"},
      {"", "/a%20b?c=%20", "/a b", "/a%20b"},
      {"", "/%2561dmin", "/%61dmin", "/%2561dmin"},
      {"", "/%61%2f%2F", "/a//", "/%61%2f%2F"},
      {"", "/%c3%A9", "/\xc3\xa9", "/%c3%A9"},
      {"", "http://a", "/", "/"},
      {"", "http://a/%20?b", "/ ", "/%20"},
      {"", "*", "*", "*"},
      // one leading slash, unless the others are escaped
      {"", "//evil.example", "/evil.example", "/evil.example"},
      {"", "///%20", "/ ", "/%20"},
      {"", "/%2Fevil", "/evil", "/%2Fevil"},
      // below a prefix, however that is written
      {"/p", "/p", "", ""},
      {"/p", "/p/", "/", "/"},
      {"/p", "/p/a%20", "/a ", "/a%20"},
      {"/p q", "/%70%20q/%70%20q", "/p q", "/%70%20q"},
      {"/p", "/p//%20", "/ ", "/%20"},
      {"/p", "/p%2Fa%20", "/a ", "/a%20"},
      {"/p", "/p%2F", "/", "/"},
      {"/p", "/p%2F%2Fa", "/a", "/a"},
      {"/p", "/%2Fp/a%20", "/a ", "/a%20"},
      {"/p", "/q/%20", "/q/ ", "/q/%20"},
      {"/%", "/%25/%25", "/%", "/%25"},
  };
  for (const Case& c : cases) {
    base::Arena arena;
    http::Target uri;
    const ByteView target = arena.copy(c.target);
    const ByteView method = c.target == "*" ? "OPTIONS" : "GET";
    assert_false(http::parse_target(method, target, arena, uri).has_value());
    const ByteView path_info = gateway::path_below(c.prefix, uri.path);
    assert_text_equal(path_info, c.path_info);
    const ByteView raw = gateway::raw_path_info(target, path_info, arena);
    assert_text_equal(raw, c.raw);
    assert_int_equal(raw.data()[raw.size()], '\0');
  }
}

void test_raw_path_info__costs_nothing_without_escapes(void**) {
  base::Arena arena;
  http::Target uri;
  const ByteView target = arena.copy("/p/a?b");
  assert_false(http::parse_target("GET", target, arena, uri).has_value());
  const ByteView path_info = gateway::path_below("/p", uri.path);
  assert_ptr_equal(gateway::raw_path_info(target, path_info, arena).data(), path_info.data());
}

void test_raw_path_info__encodes_what_is_no_part_of_the_target(void**) {
  const ByteView pairs[][2] = {
      {"/other", "/other"},
      {"/a b%?#\x01\xff", "/a%20b%25%3F%23%01%FF"},
      {"/longer/than/the/target/was", "/longer/than/the/target/was"},
      {"no slash", "no%20slash"},
  };
  for (const auto& [path_info, raw] : pairs) {
    base::Arena arena;
    assert_text_equal(gateway::raw_path_info("/%20/was", path_info, arena), raw);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_raw_path_info__belongs_to_path_info),
      cmocka_unit_test(test_raw_path_info__costs_nothing_without_escapes),
      cmocka_unit_test(test_raw_path_info__encodes_what_is_no_part_of_the_target),
  };
  return cmocka_run_group_tests_name("gateway/raw_path", tests, nullptr, nullptr);
}
