// Sixteen bytes at a time: a comparison says something about each of them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/word.h"

namespace wserve::base {

// Arithmetic and comparisons are those of the single bytes, by the vectors that GCC and clang have
// on any machine; a number on one side stands for sixteen.
using Bytes16 = std::uint8_t __attribute__((vector_size(16)));
// What comes of a comparison: all ones where it holds, zeros elsewhere.
using Mask = std::int8_t __attribute__((vector_size(16)));

inline Bytes16 load_bytes16(const char* bytes) noexcept {
  Bytes16 loaded;  // NOLINT: filled at once
  std::memcpy(&loaded, bytes, sizeof loaded);
  return loaded;
}

inline std::size_t first_set_by_words(Mask mask) noexcept {
  const auto bytes = std::bit_cast<std::array<char, sizeof mask>>(mask);
  const Word low = load_word(bytes.data());
  const Word high = load_word(bytes.data() + sizeof low);
  const int zeros = low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(high);
  return static_cast<std::size_t>(zeros) / 8;
}

// The place of the first mark; sixteen when there is none.
inline std::size_t first_set(Mask mask) noexcept {
#if defined(__SSE2__)
  using Chars = char __attribute__((vector_size(16)));
  const auto bits = static_cast<unsigned>(__builtin_ia32_pmovmskb128(std::bit_cast<Chars>(mask)));
  return static_cast<std::size_t>(std::countr_zero(bits | 0x10000U));
#else
  return first_set_by_words(mask);
#endif
}

}  // namespace wserve::base
