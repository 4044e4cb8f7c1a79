// Dates of HTTP, written and read (RFC 9110 §5.6.7).
#include <string>

#include "http/http_date.h"
#include "support/cmocka.h"

using wserve::http::HttpDate;
using wserve::http::parse_http_date;
using wserve::http::write_http_date;

namespace {

constexpr std::int64_t kNow = 1'710'201'600;  // Tue, 12 Mar 2024 00:00:00 GMT

std::string written(std::int64_t seconds) {
  HttpDate::Text text{};
  return write_http_date(seconds, text) ? std::string(text.data(), text.size()) : "none";
}

void assert_read(const char* text, std::int64_t seconds, std::int64_t now = kNow) {
  const auto read = parse_http_date(text, now);
  if (!read || *read != seconds) {
    print_error("%s: read as %lld, not %lld\n", text, read ? static_cast<long long>(*read) : -1LL,
                static_cast<long long>(seconds));
  }
  assert_true(read.has_value());
  assert_true(*read == seconds);
}

void test_http_date__is_written_for_years_of_four_digits(void**) {
  assert_string_equal(written(784'111'777).c_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
  assert_string_equal(written(0).c_str(), "Thu, 01 Jan 1970 00:00:00 GMT");
  assert_string_equal(written(-1).c_str(), "Wed, 31 Dec 1969 23:59:59 GMT");
  assert_string_equal(written(-86'400).c_str(), "Wed, 31 Dec 1969 00:00:00 GMT");
  assert_string_equal(written(951'782'400).c_str(), "Tue, 29 Feb 2000 00:00:00 GMT");
  assert_string_equal(written(253'402'300'799).c_str(), "Fri, 31 Dec 9999 23:59:59 GMT");
  assert_string_equal(written(253'402'300'800).c_str(), "none");
  assert_string_equal(written(-62'167'219'200).c_str(), "Sat, 01 Jan 0000 00:00:00 GMT");
  assert_string_equal(written(-62'167'219'201).c_str(), "none");
  assert_string_equal(written(INT64_MAX).c_str(), "none");
  assert_string_equal(written(INT64_MIN).c_str(), "none");
}

void test_http_date__of_a_clock_is_always_a_date(void**) {
  HttpDate date;
  const auto text_at = [&](std::time_t time) {
    return std::string(date.at(time).data(), HttpDate::kSize);
  };
  assert_string_equal(text_at(-1).c_str(), "Wed, 31 Dec 1969 23:59:59 GMT");
  assert_string_equal(text_at(784'111'777).c_str(), "Sun, 06 Nov 1994 08:49:37 GMT");
  assert_string_equal(text_at(INT64_MAX).c_str(), "Fri, 31 Dec 9999 23:59:59 GMT");
}

void test_http_date__is_read_in_its_three_forms(void**) {
  assert_read("Sun, 06 Nov 1994 08:49:37 GMT", 784'111'777);
  assert_read("Sunday, 06-Nov-94 08:49:37 GMT", 784'111'777);
  assert_read("Sun Nov  6 08:49:37 1994", 784'111'777);
  assert_read("Wed Nov 16 08:49:37 1994", 784'975'777);
  assert_read("Wed, 31 Dec 1969 23:59:59 GMT", -1);
  assert_read("Wed Dec 31 23:59:59 1969", -1);
  assert_read("Thu, 29 Feb 2024 00:00:00 GMT", 1'709'164'800);
  assert_read("Sat, 01 Jan 0000 00:00:00 GMT", -62'167'219'200);
  assert_read("Sat, 31 Dec 2016 23:59:60 GMT", 1'483'228'800);  // a leap second
}

void test_http_date__two_digits_are_at_most_fifty_years_ahead(void**) {
  assert_read("Thursday, 12-Mar-74 00:00:00 GMT", 3'288'038'400);  // 2074: just fifty years
  assert_read("Tuesday, 12-Mar-74 00:00:01 GMT", 132'278'401);     // 1974: one second too many
  assert_read("Wednesday, 01-Jan-75 00:00:00 GMT", 157'766'400);   // 1975
  assert_read("Sunday, 06-Nov-94 08:49:37 GMT", 784'111'777);
  // Seen from 2099, 10 is 2110.
  assert_read("Wednesday, 01-Jan-10 00:00:00 GMT", 4'417'977'600, 4'070'908'800);
}

void test_http_date__anything_else_is_none(void**) {
  static const char* const texts[] = {
      "",
      "0",
      "-1",
      "nonsense",
      "Sun",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
      "Sun, 06 Nov 1994 08:49:37 gmt",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37 +0000",
      "Sun,  06 Nov 1994 08:49:37 GMT",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT",
      "Sun, 06 Nov 19940 08:49:37 GMT",
      "Sun, 06 nov 1994 08:49:37 GMT",
      "So, 06 Nov 1994 08:49:37 GMT",
      "unM, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 anF 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 31 Nov 1994 08:49:37 GMT",
      "Wed, 29 Feb 2023 00:00:00 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 23:60:00 GMT",
      "Sun, 06 Nov 1994 23:59:61 GMT",
      "Sun, 06 Nov 1994 -1:59:59 GMT",
      "Sunday, 06-Nov-1994 08:49:37 GMT",
      "Sun, 06-Nov-94 08:49:37 GMT",
      "Sun Nov 6 08:49:37 1994",
      "Sun Nov 006 08:49:37 1994",
      "Sun Nov  6 08:49:37 1994 GMT",
      "Sun Nov  6 08:49:37 94",
  };
  for (const char* text : texts) {
    if (parse_http_date(text, kNow)) {
      print_error("\"%s\" is taken for a date\n", text);
      fail();
    }
  }
}

// Whatever is written is read again, over leap years and centuries.
void test_http_date__reads_what_it_writes(void**) {
  for (std::int64_t seconds = -62'167'219'200; seconds < 253'402'300'799; seconds += 86'399 * 37) {
    assert_read(written(seconds).c_str(), seconds);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_http_date__is_written_for_years_of_four_digits),
      cmocka_unit_test(test_http_date__of_a_clock_is_always_a_date),
      cmocka_unit_test(test_http_date__is_read_in_its_three_forms),
      cmocka_unit_test(test_http_date__two_digits_are_at_most_fifty_years_ahead),
      cmocka_unit_test(test_http_date__anything_else_is_none),
      cmocka_unit_test(test_http_date__reads_what_it_writes),
  };
  return cmocka_run_group_tests_name("http/http_date", tests, nullptr, nullptr);
}
