// Blocks in a ring, so that all of them are found when the encoder goes; and the way past the
// library's exit().
//
// libbrotlienc ends the process where an allocator returns null (BROTLI_ENCODER_EXIT_ON_OOM is
// how it is built unless somebody says otherwise), and how much it will want cannot be asked before
// version 1.1. An exception must not pass through its frames of C. longjmp() may: it is defined
// where a throw in its place would run no destructor ([csetjmp.syn]), and between take() and run()
// there are only frames of the library, which holds nothing but memory from here, take() itself,
// and a callable that run() requires to have none.
#include "filters/brotli_memory.h"

#include <cstdlib>

namespace wserve::filters {

BrotliMemory::~BrotliMemory() {
  while (all_.next != &all_) {
    give_back(this, all_.next + 1);
  }
}

void* BrotliMemory::take(void* self, std::size_t size) noexcept {
  auto& memory = *static_cast<BrotliMemory*>(self);
  auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + size));  // NOLINT: as C wants it
  if (block == nullptr) {
    if (memory.is_inside_) {
      memory.is_inside_ = false;
      memory.is_broken_ = true;
      std::longjmp(memory.way_out_, 1);  // NOLINT: see above
    }
    return nullptr;
  }
  *block = {memory.all_.next, &memory.all_};
  block->next->previous = block;
  memory.all_.next = block;
  return block + 1;
}

void BrotliMemory::give_back(void* /*self*/, void* bytes) noexcept {
  if (bytes != nullptr) {
    Block* block = static_cast<Block*>(bytes) - 1;
    block->previous->next = block->next;
    block->next->previous = block->previous;
    std::free(block);  // NOLINT: as C wants it
  }
}

}  // namespace wserve::filters
