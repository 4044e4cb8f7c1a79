// Texts for messages, where clarity beats speed.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace wserve::base {

inline void append(std::string& text, std::string_view piece) {
  text.append(piece);
}

inline void append(std::string& text, char piece) {
  text.push_back(piece);
}

template <std::integral Number>
requires(!std::same_as<Number, char>) void append(std::string& text, Number piece) {
  text.append(std::to_string(piece));
}

// concat("threads must be ", 0, "..", 1024)
template <typename... Pieces>
[[nodiscard]] std::string concat(const Pieces&... pieces) {
  std::string text;
  (append(text, pieces), ...);
  return text;
}

// For one line that people read: control bytes, what is not UTF-8, and characters that end lines or
// turn their direction are written out, `\n` and `\x1b`, so that a text from outside can neither
// begin a line of its own nor steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);
// The same without memory: as many whole characters as `to` has room for. Returns their size.
[[nodiscard]] std::size_t printable(std::string_view text, std::span<char> to) noexcept;

// At most so many bytes of a text, in UTF-8 whole characters, and how many there are more.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t max_bytes);

// What a line shows of a text that a client sent: the beginning, printable.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace wserve::base
