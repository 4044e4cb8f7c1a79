// Writes IMF-fixdate, reads the three forms of HTTP-date.
#include "http/http_date.h"

#include <algorithm>
#include <chrono>

namespace wserve::http {

using base::ByteView;
using std::chrono::days;
using std::chrono::sys_days;

namespace {

constexpr ByteView kDays = "SunMonTueWedThuFriSat";
constexpr ByteView kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::array<ByteView, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
constexpr std::int64_t kSecondsOfDay = 86'400;
// 0000-01-01 00:00:00 and 9999-12-31 23:59:59: a year has four digits.
constexpr std::int64_t kFirst = -62'167'219'200;
constexpr std::int64_t kLast = 253'402'300'799;

void put_digits(char* to, int value, int count) noexcept {
  for (int i = count - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

void put_name(char* to, ByteView names, unsigned index) noexcept {
  std::copy_n(names.begin() + index * 3, 3, to);
}

struct Moment {
  int year = 0;
  int month = 0;  // 1..12, as all below begin where calendars and clocks do
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;

  // A second of 60 is the first one of the next minute.
  [[nodiscard]] std::int64_t seconds() const noexcept {
    const sys_days first = std::chrono::year(year) / month / 1;
    const std::int64_t day_number = first.time_since_epoch().count() + day - 1;
    return day_number * kSecondsOfDay + (hour * 60 + minute) * 60 + second;
  }

  [[nodiscard]] bool is_valid() const noexcept {
    return (std::chrono::year(year) / month / day).ok() && hour < 24 && minute < 60 && second <= 60;
  }
};

[[nodiscard]] std::chrono::year_month_day day_of(std::int64_t seconds) noexcept {
  const std::int64_t clock = ((seconds % kSecondsOfDay) + kSecondsOfDay) % kSecondsOfDay;
  return sys_days(days((seconds - clock) / kSecondsOfDay));
}

// Takes a date apart from left to right; each step says whether the text goes on as it must.
class Reader {
 public:
  explicit Reader(ByteView rest) noexcept : rest_(rest) {}

  [[nodiscard]] bool skip(ByteView expected) noexcept {
    const bool is_there = rest_.starts_with(expected);
    rest_.remove_prefix(is_there ? expected.size() : 0);
    return is_there;
  }

  [[nodiscard]] bool number(std::size_t digits, int& value) noexcept {
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || !base::is_digit(rest_[i])) {
        return false;
      }
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }

  // One of three letters each; counts from 1.
  [[nodiscard]] bool name(ByteView names, int& index) noexcept {
    const std::size_t at = rest_.size() < 3 ? ByteView::npos : names.find(rest_.substr(0, 3));
    index = static_cast<int>(at / 3) + 1;
    if (at == ByteView::npos || at % 3 != 0) {
      return false;
    }
    rest_.remove_prefix(3);
    return true;
  }

  [[nodiscard]] bool clock(Moment& moment) noexcept {
    return number(2, moment.hour) && skip(":") && number(2, moment.minute) && skip(":") &&
           number(2, moment.second);
  }

  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

 private:
  ByteView rest_;
};

// "Sun, 06 Nov 1994 08:49:37 GMT"
bool read_fixdate(ByteView text, Moment& moment) noexcept {
  Reader reader(text);
  int weekday = 0;
  return reader.name(kDays, weekday) && reader.skip(", ") && reader.number(2, moment.day) &&
         reader.skip(" ") && reader.name(kMonths, moment.month) && reader.skip(" ") &&
         reader.number(4, moment.year) && reader.skip(" ") && reader.clock(moment) &&
         reader.skip(" GMT") && reader.is_at_end();
}

// "Sun Nov  6 08:49:37 1994"
bool read_asctime(ByteView text, Moment& moment) noexcept {
  Reader reader(text);
  int weekday = 0;
  if (!(reader.name(kDays, weekday) && reader.skip(" ") && reader.name(kMonths, moment.month) &&
        reader.skip(" "))) {
    return false;
  }
  const std::size_t digits = reader.skip(" ") ? 1 : 2;
  return reader.number(digits, moment.day) && reader.skip(" ") && reader.clock(moment) &&
         reader.skip(" ") && reader.number(4, moment.year) && reader.is_at_end();
}

// RFC 9110 §5.6.7: two digits of a year mean the latest one that is not more than 50 years ahead.
void find_century(Moment& moment, std::int64_t now) noexcept {
  const int this_year = static_cast<int>(day_of(std::clamp(now, kFirst, kLast)).year());
  const int last_year = this_year + 50;
  const int digits = moment.year;
  moment.year = this_year;
  const bool is_later_in_the_year = moment.seconds() > now;
  moment.year = last_year - (last_year - digits) % 100;
  if (moment.year == last_year && is_later_in_the_year) {
    moment.year -= 100;
  }
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
bool read_rfc850(ByteView text, std::int64_t now, Moment& moment) noexcept {
  Reader reader(text);
  const auto starts_with = [&](ByteView day) { return reader.skip(day); };
  const bool is_read = std::any_of(kLongDays.begin(), kLongDays.end(), starts_with) &&
                       reader.skip(", ") && reader.number(2, moment.day) && reader.skip("-") &&
                       reader.name(kMonths, moment.month) && reader.skip("-") &&
                       reader.number(2, moment.year) && reader.skip(" ") && reader.clock(moment) &&
                       reader.skip(" GMT") && reader.is_at_end();
  if (is_read) {
    find_century(moment, now);
  }
  return is_read;
}

}  // namespace

bool write_http_date(std::int64_t seconds, HttpDate::Text& text) noexcept {
  if (seconds < kFirst || seconds > kLast) {
    return false;
  }
  const std::chrono::year_month_day date = day_of(seconds);
  const auto clock = static_cast<int>(((seconds % kSecondsOfDay) + kSecondsOfDay) % kSecondsOfDay);
  constexpr ByteView kForm = "Ddd, dd Mmm yyyy hh:mm:ss GMT";
  std::copy(kForm.begin(), kForm.end(), text.begin());
  char* to = text.data();
  put_name(to, kDays, std::chrono::weekday(date).c_encoding());
  put_digits(to + 5, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  put_name(to + 8, kMonths, static_cast<unsigned>(date.month()) - 1);
  put_digits(to + 12, static_cast<int>(date.year()), 4);
  put_digits(to + 17, clock / 3600, 2);
  put_digits(to + 20, clock / 60 % 60, 2);
  put_digits(to + 23, clock % 60, 2);
  return true;
}

std::optional<std::int64_t> parse_http_date(ByteView text, std::int64_t now) noexcept {
  Moment moment;
  const bool is_read =
      read_fixdate(text, moment) || read_asctime(text, moment) || read_rfc850(text, now, moment);
  return is_read && moment.is_valid() ? std::optional(moment.seconds()) : std::nullopt;
}

const HttpDate::Text& HttpDate::at(std::time_t time) noexcept {
  if (time != time_ || text_[0] == '\0') {
    time_ = time;
    // The range is one that can be written.
    static_cast<void>(write_http_date(std::clamp<std::int64_t>(time, kFirst, kLast), text_));
  }
  return text_;
}

}  // namespace wserve::http
