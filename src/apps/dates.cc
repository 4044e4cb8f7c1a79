// The library's dates, for apps in C.
#include "dates.h"

#include <algorithm>

#include "http/http_date.h"

int write_date(long long seconds, char text[DATE_SIZE]) {
  wserve::http::HttpDate::Text date{};
  static_assert(date.size() + 1 == DATE_SIZE);
  const bool is_date = wserve::http::write_http_date(seconds, date);
  *std::copy_n(date.begin(), is_date ? date.size() : 0, text) = '\0';
  return is_date ? 1 : 0;
}

int read_date(const char* text, long long now, long long* seconds) {
  const auto read = wserve::http::parse_http_date(text, now);
  *seconds = read.value_or(0);
  return read.has_value() ? 1 : 0;
}
