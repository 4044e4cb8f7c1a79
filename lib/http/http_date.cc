// Writes IMF-fixdate without the C library's locale.
#include "http/http_date.h"

#include <algorithm>

namespace wserve::http {

namespace {

constexpr base::ByteView kDays = "SunMonTueWedThuFriSat";
constexpr base::ByteView kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

void put_digits(char* to, int value, int count) noexcept {
  for (int i = count - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

void put_name(char* to, base::ByteView names, int index) noexcept {
  std::copy_n(names.begin() + index * 3, 3, to);
}

}  // namespace

const HttpDate::Text& HttpDate::at(std::time_t time) noexcept {
  if (time == time_) {
    return text_;
  }
  time_ = time;
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  constexpr base::ByteView kForm = "Ddd, dd Mmm yyyy hh:mm:ss GMT";
  std::copy(kForm.begin(), kForm.end(), text_.begin());
  char* text = text_.data();
  put_name(text, kDays, utc.tm_wday);
  put_digits(text + 5, utc.tm_mday, 2);
  put_name(text + 8, kMonths, utc.tm_mon);
  put_digits(text + 12, utc.tm_year + 1900, 4);
  put_digits(text + 17, utc.tm_hour, 2);
  put_digits(text + 20, utc.tm_min, 2);
  put_digits(text + 23, utc.tm_sec, 2);
  return text_;
}

}  // namespace wserve::http
