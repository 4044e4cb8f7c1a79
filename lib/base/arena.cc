// Arena blocks: one that stays, and more for unusually large requests.
#include "base/arena.h"

#include <algorithm>
#include <cstring>

namespace wserve::base {

ByteView Arena::copy(ByteView text) {
  char* place = allocate(text.size() + 1);
  std::copy(text.begin(), text.end(), place);
  place[text.size()] = '\0';
  return {place, text.size()};
}

void Arena::reset() noexcept {
  more_.clear();
  next_ = first_.get();
  left_ = first_ ? kFirstBlock : 0;
}

void Arena::add_block(std::size_t min) {
  if (!first_ && min <= kFirstBlock) {
    first_ = make_byte_block(kFirstBlock);
    next_ = first_.get();
    left_ = kFirstBlock;
    return;
  }
  const std::size_t size = std::max(min, kFirstBlock);
  more_.push_back(make_byte_block(size));
  next_ = more_.back().get();
  left_ = size;
}

}  // namespace wserve::base
