// The flat list behind the environ, some thirty entries, and the table of their places.
#include "gateway/environ.h"

#include <algorithm>

namespace wserve::gateway {

void Environ::restart(base::Arena& arena) noexcept {
  arena_ = &arena;
  entries_.clear();
  forget_further();
  slots_.fill(0);
}

void Environ::restart(base::Arena& arena, const Environ& other) {
  arena_ = &arena;
  entries_.assign(other.entries_.begin(), other.entries_.end());
  forget_further();
  slots_ = other.slots_;
}

const Environ::Entry* Environ::find(ByteView key, std::size_t slot) const noexcept {
  for (; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
    const Entry& entry = entries_[slots_[slot] - 1U];
    if (entry.key == key) {
      return &entry;
    }
  }
  const auto found = further_.find(key);
  return found != further_.end() ? &entries_[found->second] : nullptr;
}

void Environ::add(ByteView key, ByteView value, std::size_t slot) {
  if (entries_.size() >= kMaxInSlots) {
    further_.emplace(key, entries_.size());
    entries_.push_back({key, value});
    return;
  }
  entries_.push_back({key, value});
  take_slot(slot, entries_.size());
}

void Environ::take_slot(std::size_t slot, std::size_t place) noexcept {
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
  const std::size_t added = 2 + value.size();
  char* const begin = with_room(present->value, added);
  char* end = begin + present->value.size();
  *end++ = key == "HTTP_COOKIE" ? ';' : ',';
  *end++ = ' ';
  end = std::copy(value.begin(), value.end(), end);
  *end = '\0';
  present->value = {begin, static_cast<std::size_t>(end - begin)};
}

// The value where it can grow by so much: its room doubles when it is used up.
char* Environ::with_room(ByteView value, std::size_t more) {
  const auto known = joined_.find(value.data());
  if (known != joined_.end() && known->second.room >= more) {
    known->second.room -= more;
    return known->second.begin;
  }
  const std::size_t capacity = 2 * (value.size() + more);
  char* const grown = arena_->allocate(capacity + 1);
  std::copy(value.begin(), value.end(), grown);
  if (known != joined_.end()) {
    joined_.erase(known);
  }
  joined_[grown] = {grown, capacity - value.size() - more};
  return grown;
}

bool Environ::erase(ByteView key) noexcept {
  Entry* entry = find(key);
  if (entry == nullptr) {
    return false;
  }
  const auto erased = static_cast<std::size_t>(entry - entries_.data());
  if (erased >= kMaxInSlots) {
    further_.erase(key);
  } else if (entries_.size() > kMaxInSlots) {
    further_.erase(entries_[kMaxInSlots].key);  // it moves to the others
  }
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(erased));
  for (auto& [name, place] : further_) {
    place -= place > erased ? 1 : 0;
  }
  slots_.fill(0);
  for (std::size_t place = 0; place < std::min(entries_.size(), kMaxInSlots); ++place) {
    take_slot(slot_of(entries_[place].key), place + 1);
  }
  return true;
}

}  // namespace wserve::gateway
