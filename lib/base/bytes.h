// Views of bytes and the few ASCII rules that every room needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wserve::base {

using ByteView = std::string_view;

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char to_upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// SP and HTAB only: 0x85 and 0xA0 are data (RFC 9110 §5.6.3).
constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

// The value of a hexadecimal digit, -1 for any other byte.
constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Compares ASCII letters without case, every other byte exactly.
[[nodiscard]] bool equals_ignoring_case(ByteView a, ByteView b) noexcept;

[[nodiscard]] std::string lower_case(ByteView text);

// Without SP and HTAB at both ends.
[[nodiscard]] constexpr ByteView trim_blanks(ByteView text) noexcept {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// Without ASCII white space (also line ends) at both ends: for texts that people type.
[[nodiscard]] ByteView trim_space(ByteView text) noexcept;

// Takes the part before the next separator off the front of `rest`; all of it when there is none.
[[nodiscard]] ByteView take_until(ByteView& rest, char separator) noexcept;

// Takes the next word off the front of `rest`, ASCII white space between; empty at the end.
[[nodiscard]] ByteView take_word(ByteView& rest) noexcept;

enum class NumberError : std::uint8_t { kNone, kNotDigits, kTooLarge };

// Reads 1*DIGIT, nothing else: no sign, no blank, no prefix.
[[nodiscard]] NumberError parse_digits(ByteView text, std::uint64_t& value) noexcept;

// A port, 0..65535, digits only; std::nullopt for anything else.
[[nodiscard]] std::optional<std::uint16_t> parse_port(ByteView text) noexcept;

}  // namespace wserve::base
