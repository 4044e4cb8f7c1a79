// The memory of one brotli encoder. The library ends the process where it gets none: this does not
// come back to it then, and frees what it has taken.
#pragma once

#include <csetjmp>
#include <cstddef>

namespace wserve::filters {

class BrotliMemory {
 public:
  BrotliMemory() = default;
  BrotliMemory(const BrotliMemory&) = delete;
  BrotliMemory& operator=(const BrotliMemory&) = delete;
  ~BrotliMemory();

  // brotli_alloc_func and brotli_free_func; `self` is a BrotliMemory.
  static void* take(void* self, std::size_t size) noexcept;
  static void give_back(void* self, void* bytes) noexcept;

  // Calls `work`, which is nothing but a call of the library: false when it has got no memory, and
  // then what has used it is of no more use.
  template <typename Work>
  bool run(const Work& work) noexcept {
    if (setjmp(way_out_) != 0) {  // NOLINT: only frames of C are left behind
      return false;
    }
    is_inside_ = true;
    work();
    is_inside_ = false;
    return true;
  }

 private:
  struct alignas(std::max_align_t) Block {
    Block* next;
    Block* previous;
  };

  Block all_{&all_, &all_};
  bool is_inside_ = false;
  std::jmp_buf way_out_{};
};

}  // namespace wserve::filters
