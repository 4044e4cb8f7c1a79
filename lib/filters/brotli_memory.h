// The memory of one brotli encoder. The library ends the process where it gets none: this does not
// come back to it then, and frees what it has taken.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <type_traits>

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

  // Calls `work`, which is nothing but a call of the library: false when it has got no memory. The
  // library's own state is then half of this and half of that: it is not called again.
  template <typename Work>
  bool run(const Work& work) noexcept {
    static_assert(std::is_trivially_destructible_v<Work>, "it is left without its destructor");
    if (is_broken_) {
      return false;
    }
    if (setjmp(way_out_) != 0) {  // NOLINT: brotli_memory.cc says why
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
  bool is_broken_ = false;
  std::jmp_buf way_out_{};
};

}  // namespace wserve::filters
