// Views of bytes: comparing, trimming, splitting and reading numbers.
#include "base/bytes.h"

#include <algorithm>
#include <limits>

namespace wserve::base {

bool equals_ignoring_case(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

std::string lower_case(ByteView text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), to_lower);
  return lowered;
}

namespace {

constexpr ByteView kSpace = " \t\r\n\v\f";

}  // namespace

ByteView trim_space(ByteView text) noexcept {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == ByteView::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

ByteView take_until(ByteView& rest, char separator) noexcept {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const ByteView part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

ByteView take_word(ByteView& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
  const std::size_t end = std::min(rest.find_first_of(kSpace), rest.size());
  const ByteView word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

NumberError parse_digits(ByteView text, std::uint64_t& value) noexcept {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
    return NumberError::kNotDigits;
  }
  std::uint64_t total = 0;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  for (const char c : text) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (total > (kMax - digit) / 10) {
      return NumberError::kTooLarge;
    }
    total = total * 10 + digit;
  }
  value = total;
  return NumberError::kNone;
}

std::optional<std::uint16_t> parse_port(ByteView text) noexcept {
  constexpr unsigned kMax = 65535;
  unsigned port = 0;
  for (const char c : text) {
    if (!is_digit(c) || port > kMax) {
      return std::nullopt;
    }
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return text.empty() || port > kMax ? std::nullopt
                                     : std::optional(static_cast<std::uint16_t>(port));
}

}  // namespace wserve::base
