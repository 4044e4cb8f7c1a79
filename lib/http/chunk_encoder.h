// The chunked transfer coding of an answer (RFC 9112 §7.1): what stands around the data.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace wserve::http {

// chunk-size in upper-case hexadecimal, and its CRLF.
class ChunkHeader {
 public:
  explicit ChunkHeader(std::uint64_t size) noexcept {
    *--begin_ = '\n';
    *--begin_ = '\r';
    do {
      *--begin_ = "0123456789ABCDEF"[size % 16];
      size /= 16;
    } while (size > 0);
  }
  ChunkHeader(const ChunkHeader&) = delete;
  ChunkHeader& operator=(const ChunkHeader&) = delete;

  [[nodiscard]] base::ByteView view() const noexcept {
    return {begin_, static_cast<std::size_t>(text_.data() + text_.size() - begin_)};
  }

 private:
  std::array<char, 18> text_;  // NOLINT: what view() shows is filled
  char* begin_ = text_.data() + text_.size();
};

// Behind a chunk's data.
inline constexpr base::ByteView kChunkEnd = "\r\n";
// The last chunk; trailers and one more line end follow.
inline constexpr base::ByteView kLastChunk = "0\r\n";
inline constexpr base::ByteView kLastChunkBehindData = "\r\n0\r\n";

}  // namespace wserve::http
