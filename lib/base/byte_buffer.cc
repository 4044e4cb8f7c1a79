// Growth, the rare part.
#include "base/byte_buffer.h"

#include <algorithm>

namespace wserve::base {

namespace {

constexpr std::size_t kLeast = 256;

}  // namespace

void ByteBuffer::grow(std::size_t more) {
  const std::size_t capacity = std::max({size_ + more, 2 * capacity_, kLeast});
  auto bytes = make_byte_block(capacity);
  if (size_ > 0) {
    std::memcpy(bytes.get(), bytes_.get(), size_);
  }
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

}  // namespace wserve::base
