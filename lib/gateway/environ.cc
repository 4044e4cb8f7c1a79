// The flat list behind the environ: some thirty entries, searched in order.
#include "gateway/environ.h"

#include <algorithm>

namespace wserve::gateway {

namespace {

// Cheap rather than good: length and three characters tell most keys apart.
std::uint64_t bit_of(ByteView key) noexcept {
  const auto at = [key](std::size_t i) { return static_cast<unsigned char>(key[i]); };
  unsigned hash = static_cast<unsigned>(key.size());
  if (!key.empty()) {
    hash += at(key.size() - 1) * 7u + at(key.size() / 2) * 31u + at(key.size() * 3 / 4) * 13u;
  }
  return std::uint64_t{1} << (hash % 64);
}

}  // namespace

void Environ::restart(base::Arena& arena) noexcept {
  arena_ = &arena;
  entries_.clear();
  maybe_present_ = 0;
}

const Environ::Entry* Environ::find(ByteView key) const noexcept {
  if ((maybe_present_ & bit_of(key)) == 0) {
    return nullptr;
  }
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const Entry& e) { return e.key == key; });
  return found != entries_.end() ? &*found : nullptr;
}

Environ::Entry* Environ::find(ByteView key) noexcept {
  return const_cast<Entry*>(static_cast<const Environ*>(this)->find(key));
}

ByteView Environ::get(ByteView key) const noexcept {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->value : ByteView();
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

void Environ::add(ByteView key, ByteView value) {
  entries_.push_back({key, value});
  maybe_present_ |= bit_of(key);
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
