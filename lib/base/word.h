// Eight bytes at a time: arithmetic on the bytes of one machine word.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace wserve::base {

using Word = std::uint64_t;

// The same byte eight times.
constexpr Word repeat_byte(unsigned char byte) noexcept {
  return Word{0x0101010101010101} * byte;
}

// The first byte is in the lowest bits, whatever the machine.
inline Word load_word(const char* bytes) noexcept {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
}

inline void store_word(Word word, char* bytes) noexcept {
  word = std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
  std::memcpy(bytes, &word, sizeof word);
}

}  // namespace wserve::base
