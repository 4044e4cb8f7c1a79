// A block of bytes that are written before they are read.
#pragma once

#include <cstddef>
#include <memory>

namespace wserve::base {

using ByteBlock = std::unique_ptr<char[]>;

// Its bytes have no value yet, as those of std::make_unique_for_overwrite(), which libc++ has only
// from 16 on.
[[nodiscard]] inline ByteBlock make_byte_block(std::size_t size) {
  return ByteBlock(new char[size]);
}

}  // namespace wserve::base
