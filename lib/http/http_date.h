// Dates in HTTP messages (RFC 9110 §5.6.7), without the C library's locale and time zone.
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <optional>

#include "base/bytes.h"

namespace wserve::http {

// "Sun, 06 Nov 1994 08:49:37 GMT", rewritten only when the second changes. One thread.
class HttpDate {
 public:
  static constexpr std::size_t kSize = 29;
  using Text = std::array<char, kSize>;

  // Seconds since 1970. A clock that is beyond every date shows the last one that there is.
  [[nodiscard]] const Text& at(std::time_t time) noexcept;

 private:
  std::time_t time_ = -1;
  Text text_{};
};

// IMF-fixdate of so many seconds since 1970, or before; false outside the years 0 to 9999, which
// have no HTTP date.
[[nodiscard]] bool write_http_date(std::int64_t seconds, HttpDate::Text& text) noexcept;

// Reads each of the three forms; nothing for any other text. `now` decides the century of the form
// that has two digits for the year.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(base::ByteView text,
                                                          std::int64_t now) noexcept;

}  // namespace wserve::http
