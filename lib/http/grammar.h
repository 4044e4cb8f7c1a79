// Which bytes may stand where in an HTTP message (RFC 9110 §5.5, §5.6; RFC 9112 §3).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace wserve::http {

using base::ByteView;

namespace grammar {

inline constexpr std::uint8_t kTokenBit = 1;   // tchar
inline constexpr std::uint8_t kValueBit = 2;   // HTAB, SP, VCHAR, obs-text
inline constexpr std::uint8_t kTargetBit = 4;  // VCHAR without "#"
inline constexpr std::uint8_t kHostBit =
    8;  // reg-name and IPv4address (RFC 3986 §3.2.2), without "%"
inline constexpr std::uint8_t kPathBit = 16;  // pchar and "/" (RFC 3986 §3.3), and "[]|"

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool visible = c > 0x20 && c < 0x7f;
    const bool value = visible || c == ' ' || c == '\t' || c >= 0x80;
    table[c] =
        static_cast<std::uint8_t>((value ? kValueBit : 0) | (visible && c != '#' ? kTargetBit : 0));
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] |= kTokenBit;
  }
  // unreserved and sub-delims
  for (const char c : std::string_view("-._~!$&'()*+,;=0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] |= kHostBit | kPathBit;
  }
  // "%" begins an escape. Browsers do not escape the last three (URL Standard, path percent-encode
  // set).
  for (const char c : std::string_view("%:@/[]|")) {
    table[static_cast<unsigned char>(c)] |= kPathBit;
  }
  return table;
}

inline constexpr std::array<std::uint8_t, 256> kTable = make_table();

constexpr bool has(char c, std::uint8_t bit) noexcept {
  return (kTable[static_cast<unsigned char>(c)] & bit) != 0;
}

}  // namespace grammar

constexpr bool is_token_char(char c) noexcept {
  return grammar::has(c, grammar::kTokenBit);
}

constexpr bool is_target_char(char c) noexcept {
  return grammar::has(c, grammar::kTargetBit);
}

constexpr bool is_path_char(char c) noexcept {
  return grammar::has(c, grammar::kPathBit);
}

// How many tchar stand at the beginning, and whether it is known that they are letters and "-"
// only, as in most field names.
struct TokenScan {
  std::size_t size;
  bool is_plain;
};
[[nodiscard]] TokenScan scan_token(ByteView text) noexcept;

// How many bytes stand at the beginning that a field value may hold.
[[nodiscard]] std::size_t count_value_chars(ByteView text) noexcept;

// 1*tchar
[[nodiscard]] bool is_token(ByteView text) noexcept;

// Bytes that a field value, and a reason phrase, may hold: no CR, LF, NUL nor other control.
[[nodiscard]] bool is_field_value(ByteView text) noexcept;

// A quoted-string, quotes included.
[[nodiscard]] bool is_quoted_string(ByteView text) noexcept;

// The text inside a quoted-string, quoted pairs undone. `text` must be one.
[[nodiscard]] std::string unquote(ByteView text);

// Two hexadecimal digits stand behind each "%".
[[nodiscard]] bool has_whole_escapes(ByteView text) noexcept;

// uri-host [ ":" port ], also empty (RFC 9110 §7.2): a name, an IPv4 address or "[" IPv6 "]"; no
// userinfo, no blanks.
[[nodiscard]] bool is_authority(ByteView text) noexcept;

// The host of an authority, in its brackets if it has such, without ":" and port.
[[nodiscard]] ByteView without_port(ByteView authority) noexcept;

}  // namespace wserve::http
