// The flat list behind the environ, some thirty entries, and the table of their places.
#include "gateway/environ.h"

#include <algorithm>

namespace wserve::gateway {

void Environ::restart(base::Arena& arena) noexcept {
  arena_ = &arena;
  entries_.clear();
  slots_.fill(0);
}

void Environ::restart(base::Arena& arena, const Environ& other) {
  arena_ = &arena;
  entries_.assign(other.entries_.begin(), other.entries_.end());
  slots_ = other.slots_;
}

const Environ::Entry* Environ::find(ByteView key, std::size_t slot) const noexcept {
  for (; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
    const Entry& entry = entries_[slots_[slot] - 1U];
    if (entry.key == key) {
      return &entry;
    }
  }
  const std::size_t in_slots = std::min(entries_.size(), kMostInSlots);
  const auto found = std::find_if(entries_.begin() + static_cast<std::ptrdiff_t>(in_slots),
                                  entries_.end(), [key](const Entry& e) { return e.key == key; });
  return found != entries_.end() ? &*found : nullptr;
}

void Environ::add(ByteView key, ByteView value, std::size_t slot) {
  entries_.push_back({key, value});
  take_slot(slot, entries_.size());
}

void Environ::take_slot(std::size_t slot, std::size_t place) noexcept {
  if (place > kMostInSlots) {
    return;
  }
  while (slots_[slot] != 0) {
    slot = (slot + 1) % kSlots;
  }
  slots_[slot] = static_cast<std::uint8_t>(place);
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

void Environ::join(ByteView key, ByteView value, std::size_t slot) {
  const Entry* present = find(key, slot);
  if (present == nullptr) {
    add(key, value, slot);
    return;
  }
  Entry& entry = entries_[static_cast<std::size_t>(present - entries_.data())];
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
  slots_.fill(0);
  for (std::size_t place = 1; place <= entries_.size(); ++place) {
    take_slot(slot_of(entries_[place - 1].key), place);
  }
  return true;
}

}  // namespace wserve::gateway
