// The flat list behind the environ, some thirty entries, and the table of their places.
#include "gateway/environ.h"

#include <algorithm>

namespace wserve::gateway {

void Environ::restart(base::Arena& arena) noexcept {
  arena_ = &arena;
  entries_.clear();
  joined_.clear();
  slots_.fill(0);
}

void Environ::restart(base::Arena& arena, const Environ& other) {
  arena_ = &arena;
  entries_.assign(other.entries_.begin(), other.entries_.end());
  joined_.clear();
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

void Environ::put(ByteView key, ByteView value, std::size_t slot) {
  if (Entry* entry = find(key, slot); entry != nullptr) {
    entry->value = value;
  } else {
    add(key, value, slot);
  }
}

void Environ::set(ByteView key, ByteView value, std::size_t slot) {
  const ByteView copy = arena_->copy(value);
  if (Entry* entry = find(key, slot); entry != nullptr) {
    entry->value = copy;
  } else {
    add(arena_->copy(key), copy, slot);
  }
}

void Environ::join(ByteView key, ByteView value, std::size_t slot) {
  Entry* const present = find(key, slot);
  if (present == nullptr) {
    add(key, value, slot);
    return;
  }
  Entry& entry = *present;
  const std::size_t added = 2 + value.size();
  Joined& joined = with_room(entry.value, added);
  char* end = joined.begin + entry.value.size();
  *end++ = ',';
  *end++ = ' ';
  end = std::copy(value.begin(), value.end(), end);
  *end = '\0';
  joined.room -= added;
  entry.value = {joined.begin, static_cast<std::size_t>(end - joined.begin)};
}

// The value where it can grow by so much: its room doubles when it is used up.
Environ::Joined& Environ::with_room(ByteView value, std::size_t more) {
  const auto known = std::find_if(joined_.begin(), joined_.end(), [value](const Joined& joined) {
    return joined.begin == value.data();
  });
  if (known != joined_.end() && known->room >= more) {
    return *known;
  }
  const std::size_t capacity = 2 * (value.size() + more);
  const Joined grown{arena_->allocate(capacity + 1), capacity - value.size()};
  std::copy(value.begin(), value.end(), grown.begin);
  if (known != joined_.end()) {
    *known = grown;
    return *known;
  }
  return joined_.emplace_back(grown);
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
