// What a message may hold of a text from outside.
#include "base/text.h"

#include <array>

#include "base/utf8.h"

namespace wserve::base {

namespace {

// Written out; the characters stand in `room`.
std::string_view escape(char c, std::array<char, 4>& room) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n' || c == '\r') {
    return c == '\n' ? "\\n" : "\\r";
  }
  room = {'\\', 'x', kDigits[byte / 16], kDigits[byte % 16]};
  return {room.data(), room.size()};
}

// How many bytes at the front may stand as they are: one character, or 0.
std::size_t plain_size(std::string_view text) noexcept {
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x80) {
    return (byte < 0x20 && byte != '\t') || byte == 0x7f ? 0 : 1;
  }
  const std::size_t size = utf8_size(text);
  return size == 0 || steers(utf8_code_point(text.substr(0, size))) ? 0 : size;
}

// Passes `text` on, character by character, as it may stand in a line, until `take` returns false.
template <typename Take>
void for_each_printable(std::string_view text, Take&& take) {
  std::array<char, 4> room{};
  while (!text.empty()) {
    const std::size_t size = plain_size(text);
    if (!take(size == 0 ? escape(text.front(), room) : text.substr(0, size))) {
      return;
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for_each_printable(text, [&line](std::string_view character) {
    line.append(character);
    return true;
  });
  return line;
}

std::size_t printable(std::string_view text, std::span<char> to) noexcept {
  std::size_t size = 0;
  for_each_printable(text, [&](std::string_view character) {
    if (character.size() > to.size() - size) {
      return false;
    }
    size += character.copy(to.data() + size, character.size());
    return true;
  });
  return size;
}

std::string shortened(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) {
    return std::string(text);
  }
  constexpr std::size_t kMaxTail = 3;  // bytes of a character behind its first
  const auto is_inside = [&](std::size_t place) {
    return (static_cast<unsigned char>(text[place]) & 0xc0) == 0x80;
  };
  std::size_t end = max_bytes;
  while (end > 0 && end + kMaxTail > max_bytes && is_inside(end)) {
    --end;
  }
  return concat(text.substr(0, end), "... (", text.size() - end, " more bytes)");
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kMaxBytes = 200;
  return printable(shortened(text, kMaxBytes));
}

}  // namespace wserve::base
