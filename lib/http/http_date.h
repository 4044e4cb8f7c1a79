// Dates in HTTP messages (RFC 9110 §5.6.7).
#pragma once

#include <array>
#include <ctime>

#include "base/bytes.h"

namespace wserve::http {

// "Sun, 06 Nov 1994 08:49:37 GMT", rewritten only when the second changes. One thread.
class HttpDate {
 public:
  static constexpr std::size_t kSize = 29;
  using Text = std::array<char, kSize>;

  // Seconds since 1970; independent of locale and time zone.
  [[nodiscard]] const Text& at(std::time_t time) noexcept;

 private:
  std::time_t time_ = -1;
  Text text_{};
};

}  // namespace wserve::http
