// Telling characters apart.
#include "base/utf8.h"

#include <array>

namespace wserve::base {

namespace {

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

}  // namespace

std::size_t utf8_size(std::string_view text) noexcept {
  const unsigned byte = byte_at(text, 0);
  if (byte < 0x80) {
    return 1;
  }
  for (const Lead& lead : kLeads) {
    if (byte >= lead.first && byte <= lead.last) {
      return is_well_formed(text, lead) ? lead.size : 0;
    }
  }
  return 0;
}

char32_t utf8_code_point(std::string_view character) noexcept {
  constexpr std::array<unsigned, 5> kLeadBits = {0, 0x7fU, 0x1fU, 0x0fU, 0x07U};
  char32_t code = byte_at(character, 0) & kLeadBits[character.size()];
  for (std::size_t i = 1; i < character.size(); ++i) {
    code = code << 6U | (byte_at(character, i) & 0x3fU);
  }
  return code;
}

bool steers(char32_t code_point) noexcept {
  return (code_point >= 0x80 && code_point < 0xa0) || code_point == 0x061c ||
         code_point == 0x200e || code_point == 0x200f ||
         (code_point >= 0x2028 && code_point <= 0x202e) ||
         (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xfeff;
}

}  // namespace wserve::base
