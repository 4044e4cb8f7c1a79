// What a message may hold of a text from outside.
#include "base/text.h"

#include <array>

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

// A first byte of UTF-8: how many bytes the character has, and between what its second one lies
// (Unicode 15, table 3-7: neither overlong forms, nor surrogates, nor beyond U+10FFFF).
struct Lead {
  unsigned char first;
  unsigned char last;
  std::size_t size;
  unsigned char second_min;
  unsigned char second_max;
};

constexpr std::array<Lead, 8> kLeads = {{{0xc2, 0xdf, 2, 0x80, 0xbf},
                                         {0xe0, 0xe0, 3, 0xa0, 0xbf},
                                         {0xe1, 0xec, 3, 0x80, 0xbf},
                                         {0xed, 0xed, 3, 0x80, 0x9f},
                                         {0xee, 0xef, 3, 0x80, 0xbf},
                                         {0xf0, 0xf0, 4, 0x90, 0xbf},
                                         {0xf1, 0xf3, 4, 0x80, 0xbf},
                                         {0xf4, 0xf4, 4, 0x80, 0x8f}}};

unsigned byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<unsigned char>(text[at]);
}

bool is_well_formed(std::string_view text, const Lead& lead) noexcept {
  if (text.size() < lead.size || byte_at(text, 1) < lead.second_min ||
      byte_at(text, 1) > lead.second_max) {
    return false;
  }
  for (std::size_t i = 2; i < lead.size; ++i) {
    if ((byte_at(text, i) & 0xc0U) != 0x80U) {
      return false;
    }
  }
  return true;
}

// What a terminal or an editor obeys: U+0080 to U+009F (U+009B begins what ESC [ does), ends of
// lines and paragraphs, what turns the direction of a text, and the mark of a byte order.
bool steers(std::string_view character) noexcept {
  if (character.size() == 2) {
    return (byte_at(character, 0) == 0xc2 && byte_at(character, 1) < 0xa0) ||
           character == "\xd8\x9c";  // U+061C
  }
  if (character.size() != 3) {
    return false;
  }
  const unsigned code = (byte_at(character, 0) & 0x0fU) << 12U |
                        (byte_at(character, 1) & 0x3fU) << 6U | (byte_at(character, 2) & 0x3fU);
  return code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

// How many bytes at the front may stand as they are: one character, or 0.
std::size_t plain_size(std::string_view text) noexcept {
  const unsigned byte = byte_at(text, 0);
  if (byte < 0x80) {
    return (byte < 0x20 && byte != '\t') || byte == 0x7f ? 0 : 1;
  }
  for (const Lead& lead : kLeads) {
    if (byte >= lead.first && byte <= lead.last && is_well_formed(text, lead)) {
      return steers(text.substr(0, lead.size)) ? 0 : lead.size;
    }
  }
  return 0;
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

std::string shortened(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) {
    return std::string(text);
  }
  constexpr std::size_t kLongestTail = 3;  // bytes of a character behind its first
  const auto is_inside = [&](std::size_t place) {
    return (static_cast<unsigned char>(text[place]) & 0xc0) == 0x80;
  };
  std::size_t end = most_bytes;
  while (end > 0 && end + kLongestTail > most_bytes && is_inside(end)) {
    --end;
  }
  return concat(text.substr(0, end), "... (", text.size() - end, " more bytes)");
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kMostBytes = 200;
  return printable(shortened(text, kMostBytes));
}

}  // namespace wserve::base
