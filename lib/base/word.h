// Eight bytes at a time: arithmetic on the bytes of one machine word.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

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

// The same of fewer bytes; zeros stand for those that are missing.
constexpr Word read_word(const char* bytes, std::size_t size) noexcept {
  if (!std::is_constant_evaluated() && size == sizeof(Word)) {
    return load_word(bytes);
  }
  Word word = 0;
  for (std::size_t i = 0; i < size; ++i) {
    word |= Word{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

inline void store_word(Word word, char* bytes) noexcept {
  word = std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
  std::memcpy(bytes, &word, sizeof word);
}

}  // namespace wserve::base
