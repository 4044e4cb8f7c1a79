// Bytes that are put together piece by piece.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "base/byte_block.h"
#include "base/bytes.h"

namespace wserve::base {

// Appending is in line, so that a literal costs a few moves, and what it grows by is not filled.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ByteBuffer(ByteBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  ~ByteBuffer() = default;

  // Throws std::bad_alloc; the content is then as before.
  [[gnu::always_inline]] ByteBuffer& append(ByteView bytes) {
    reserve(bytes.size());
    put(bytes);
    return *this;
  }

  // All of them or, when it throws, none.
  template <typename... Pieces>
  [[gnu::always_inline]] ByteBuffer& append_all(const Pieces&... pieces) {
    reserve((ByteView(pieces).size() + ...));
    (put(ByteView(pieces)), ...);
    return *this;
  }

  // Room for so many more.
  void reserve(std::size_t more) {
    if (more > capacity_ - size_) {
      grow(more);
    }
  }

  // Takes out a part that is there.
  void erase(std::size_t begin, std::size_t size) noexcept {
    std::memmove(bytes_.get() + begin, bytes_.get() + begin + size, size_ - begin - size);
    size_ -= size;
  }

  // Keeps its memory.
  void clear() noexcept { size_ = 0; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] ByteView view() const noexcept { return {bytes_.get(), size_}; }

 private:
  // There is room for it.
  [[gnu::always_inline]] void put(ByteView bytes) noexcept {
    if (!bytes.empty()) {
      std::memcpy(bytes_.get() + size_, bytes.data(), bytes.size());
      size_ += bytes.size();
    }
  }
  void grow(std::size_t more);

  ByteBlock bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace wserve::base
