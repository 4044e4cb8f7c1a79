// Parameters and cookies: what is read, what is refused, and in what time.
#include <algorithm>
#include <chrono>
#include <string>

#include "base/text.h"
#include "form/pairs.h"
#include "form/percent.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using namespace std::string_literals;
using base::ByteView;
using base::Code;
using form::Limits;
using form::Pairs;

namespace {

using Reader = base::Status (*)(ByteView, const Limits&, Pairs&);

// "name:value|" for each, or the failure's number.
std::string read(Reader reader, ByteView text, const Limits& limits = {}) {
  Pairs pairs;
  const base::Status status = reader(text, limits, pairs);
  if (!status.is_ok()) {
    assert_false(status.message().empty());
    return base::concat(static_cast<int>(status.code()));
  }
  std::string all;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto pair = pairs.at(i);
    assert_int_equal(pair.name.data()[pair.name.size()], 0);
    assert_int_equal(pair.value.data()[pair.value.size()], 0);
    all += base::concat(pair.name, ':', pair.value, '|');
  }
  return all;
}

std::string parameters(ByteView text, const Limits& limits = {}) {
  return read(form::read_urlencoded, text, limits);
}

std::string cookies(ByteView text, const Limits& limits = {}) {
  return read(form::read_cookies, text, limits);
}

void test_pairs__are_parameters(void**) {
  assert_text_equal(parameters(""), "");
  assert_text_equal(parameters("a=1&b=2"), "a:1|b:2|");
  assert_text_equal(parameters("a=1&a=2&a"), "a:1|a:2|a:|");
  assert_text_equal(parameters("&&a=1&&&"), "a:1|");
  assert_text_equal(parameters("=x&="), ":x|:|");
  assert_text_equal(parameters("a=b=c&d==&e"), "a:b=c|d:=|e:|");
  assert_text_equal(parameters("a+b=c+d%2B"), "a b:c d+|");
  assert_text_equal(parameters("%61%3D%26=%e2%82%AC"), "a=&:\xe2\x82\xac|");
  assert_text_equal(parameters("a=%25%32%35"), "a:%25|");  // once
}

void test_pairs__are_separated_by_ampersands_alone(void**) {
  assert_text_equal(parameters("a=1;b=2&c=3"), "a:1;b=2|c:3|");
  assert_text_equal(parameters("a=1\nb=2"), "a:1\nb=2|");
}

void test_pairs__with_broken_escapes_are_refused(void**) {
  for (const char* text : {"a=%", "a=%2", "a=%zz", "a=%2g", "%=1", "a=1&b%4=2", "a=100%&b=1",
                           "a=%%41", "a=%+1", "a=%u0041"}) {
    assert_text_equal(parameters(text), "-1");
  }
}

void test_pairs__with_a_nul_are_refused(void**) {
  assert_text_equal(parameters("a=%00"), "-1");
  assert_text_equal(parameters("admin%00=1"), "-1");
  assert_text_equal(parameters("a=x\0y"s), "-1");
}

void test_pairs__have_limits(void**) {
  Limits limits;
  limits.pairs = 3;
  limits.name = 4;
  assert_text_equal(parameters("a&b&c&&&", limits), "a:|b:|c:|");
  assert_text_equal(parameters("a&b&c&d", limits), "-10");
  assert_text_equal(parameters("%61bcd=long enough to be a value", limits),
                    "abcd:long enough to be a value|");
  assert_text_equal(parameters("abcde=1", limits), "-10");
  assert_text_equal(cookies("a=1; b=2; c=3;", limits), "a:1|b:2|c:3|");
  assert_text_equal(cookies("a=1; b=2; c=3; d=4", limits), "-10");
  assert_text_equal(cookies("abcde=1", limits), "-10");
  limits.pairs = 0;
  assert_text_equal(parameters("", limits), "");
  assert_text_equal(parameters("a", limits), "-10");
}

void test_pairs__are_cookies(void**) {
  assert_text_equal(cookies(""), "");
  assert_text_equal(cookies("a=1; b=2"), "a:1|b:2|");
  assert_text_equal(cookies("a=1;b=2 ;\tc = 3 "), "a:1|b:2|c:3|");
  assert_text_equal(cookies("a=1; a=2"), "a:1|a:2|");
  assert_text_equal(cookies("a=b=c; d=; e=%41+"), "a:b=c|d:|e:%41+|");
  assert_text_equal(cookies("a=\"b c\"; d=\"; e=\"\""), "a:b c|d:\"|e:|");
}

// A reader that lets quotes hold a ";" hides one cookie in another.
void test_pairs__are_cookies_whose_quotes_hide_nothing(void**) {
  assert_text_equal(cookies("a=\"b; session=stolen; c=d\""), "a:\"b|session:stolen|c:d\"|");
  assert_text_equal(cookies("$Version=1; a=1; $Path=/"), "$Version:1|a:1|$Path:/|");
}

void test_pairs__leave_out_what_is_no_cookie(void**) {
  assert_text_equal(cookies("nothing; =x; a b=1; c=3; \"q\"=1; d[]=2; ;;"), "c:3|");
}

void test_pairs__are_found_by_name(void**) {
  Pairs pairs;
  assert_true(form::read_urlencoded("a=1&A=2&a=3", {}, pairs).is_ok());
  assert_string_equal(pairs.find("a"), "1");
  assert_string_equal(pairs.find("A"), "2");
  assert_string_equal(pairs.find_ignoring_case("A"), "1");
  assert_null(pairs.find("b"));
  assert_null(pairs.find(""));
}

// Ten times as many take about ten times as long: a hundred times would be seen here.
void test_pairs__of_a_million_take_no_time(void**) {
  Limits limits;
  limits.pairs = 2'000'000;
  std::string many;
  for (int i = 0; i < 1'000'000; ++i) {
    many += "a=%41&";
  }
  const auto began = std::chrono::steady_clock::now();
  Pairs pairs;
  assert_true(form::read_urlencoded(many, limits, pairs).is_ok());
  assert_int_equal(pairs.size(), 1'000'000);
  assert_text_equal(parameters(many), "-10");
  std::replace(many.begin(), many.end(), '&', ';');
  Pairs kept;
  assert_true(form::read_cookies(many, limits, kept).is_ok());
  assert_int_equal(kept.size(), 1'000'000);
  assert_true(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
}

std::string decoded(ByteView text, std::size_t capacity, form::Decoding how = {}) {
  std::string to(capacity, '.');
  std::size_t length = 0;
  const base::Status status = form::percent_decode(text, how, to.data(), capacity, length);
  return status.is_ok() ? to.substr(0, length) : base::concat(static_cast<int>(status.code()));
}

void test_percent__is_undone_where_there_is_room(void**) {
  assert_text_equal(decoded("", 0), "");
  assert_text_equal(decoded("a%2Fb", 3), "a/b");
  assert_text_equal(decoded("a%2Fb", 2), "-10");
  assert_text_equal(decoded("a+b", 3), "a+b");
  assert_text_equal(decoded("a+b", 3, {.plus_is_blank = true}), "a b");
  assert_text_equal(decoded("%00", 3), "-1");
  assert_text_equal(decoded("%00", 3, {.may_hold_nul = true}), "\0"s);
  assert_text_equal(decoded("%ff%FF", 2), "\xff\xff");
  std::string same = "%41%42c";
  std::size_t length = 0;
  assert_true(form::percent_decode(same, {}, same.data(), same.size(), length).is_ok());
  assert_text_equal(same.substr(0, length), "ABc");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_pairs__are_parameters),
      cmocka_unit_test(test_pairs__are_separated_by_ampersands_alone),
      cmocka_unit_test(test_pairs__with_broken_escapes_are_refused),
      cmocka_unit_test(test_pairs__with_a_nul_are_refused),
      cmocka_unit_test(test_pairs__have_limits),
      cmocka_unit_test(test_pairs__are_cookies),
      cmocka_unit_test(test_pairs__are_cookies_whose_quotes_hide_nothing),
      cmocka_unit_test(test_pairs__leave_out_what_is_no_cookie),
      cmocka_unit_test(test_pairs__are_found_by_name),
      cmocka_unit_test(test_pairs__of_a_million_take_no_time),
      cmocka_unit_test(test_percent__is_undone_where_there_is_room),
  };
  return cmocka_run_group_tests_name("form/pairs", tests, nullptr, nullptr);
}
