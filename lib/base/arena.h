// Memory for the texts of one request: taken piece by piece, given back all at once.
#pragma once

#include <cstddef>
#include <vector>

#include "base/byte_block.h"
#include "base/bytes.h"

namespace wserve::base {

class Arena {
 public:
  static constexpr std::size_t kFirstBlock = 4096;

  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() = default;

  // Valid until reset(). Never null; throws std::bad_alloc.
  [[nodiscard]] char* allocate(std::size_t size) {
    if (size > left_) {
      add_block(size);
    }
    left_ -= size;
    char* place = next_;
    next_ += size;
    return place;
  }

  // A copy with a NUL behind it that the view does not count.
  [[nodiscard]] ByteView copy(ByteView text);

  // Frees all but the first block, which the next request uses again.
  void reset() noexcept;

 private:
  void add_block(std::size_t min);

  ByteBlock first_;
  std::vector<ByteBlock> more_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace wserve::base
