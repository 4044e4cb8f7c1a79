// The flat list behind the environ: some thirty entries, searched in order.
#include "gateway/environ.h"

#include <algorithm>

namespace wserve::gateway {

void Environ::restart(base::Arena& arena) noexcept {
  arena_ = &arena;
  entries_.clear();
  maybe_present_ = 0;
}

const Environ::Entry* Environ::search(ByteView key) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const Entry& e) { return e.key == key; });
  return found != entries_.end() ? &*found : nullptr;
}

void Environ::put(ByteView key, ByteView value) {
  if (Entry* entry = find(key); entry != nullptr) {
    entry->value = value;
  } else {
    add(key, value);
  }
}

void Environ::set(ByteView key, ByteView value) {
  const ByteView copy = arena_->copy(value);
  if (Entry* entry = find(key); entry != nullptr) {
    entry->value = copy;
  } else {
    add(arena_->copy(key), copy);
  }
}

void Environ::join(Entry& entry, ByteView value) {
  char* joined = arena_->allocate(entry.value.size() + 2 + value.size() + 1);
  char* end = std::copy(entry.value.begin(), entry.value.end(), joined);
  *end++ = ',';
  *end++ = ' ';
  end = std::copy(value.begin(), value.end(), end);
  *end = '\0';
  entry.value = {joined, static_cast<std::size_t>(end - joined)};
}

bool Environ::erase(ByteView key) noexcept {
  Entry* entry = find(key);
  if (entry == nullptr) {
    return false;
  }
  entries_.erase(entries_.begin() + (entry - entries_.data()));
  return true;
}

}  // namespace wserve::gateway
