// What the application reads about a request: CGI-like names and their values, in one flat list.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"

namespace wserve::gateway {

using base::ByteView;

// One thread at a time. Keys and values are views with a NUL behind each, into the request's arena
// or into static text.
class Environ {
 public:
  struct Entry {
    ByteView key;
    ByteView value;
  };

  // Starts an empty environ; new texts go to `arena`, which must outlive it.
  void restart(base::Arena& arena) noexcept;

  // Null when absent.
  [[nodiscard]] const Entry* find(ByteView key) const noexcept {
    const std::size_t slot = slot_of(key);
    const bool is_absent = slots_[slot] == 0 && entries_.size() <= kMostInSlots;
    return is_absent ? nullptr : find(key, slot);
  }
  // The value, empty when absent.
  [[nodiscard]] ByteView get(ByteView key) const noexcept {
    const Entry* entry = find(key);
    return entry != nullptr ? entry->value : ByteView();
  }

  // Replaces or adds. `put` keeps the given views, `set` copies them into the arena.
  void put(ByteView key, ByteView value);
  void set(ByteView key, ByteView value);

  // Adds a key that is known to be absent; keeps the views.
  void add(ByteView key, ByteView value) { add(key, value, slot_of(key)); }

  // Adds a key, or appends ", " and the value to what it has; keeps the views.
  void join(ByteView key, ByteView value);
  [[nodiscard]] Entry* find(ByteView key) noexcept {
    return const_cast<Entry*>(static_cast<const Environ*>(this)->find(key));
  }

  // False when it was absent. The order of the others stays.
  bool erase(ByteView key) noexcept;

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] base::Arena& arena() noexcept { return *arena_; }

 private:
  // The first entries are found by an open hash table of their places; any further ones, which only
  // an unusual request has, by search.
  static constexpr std::size_t kSlots = 128;
  static constexpr std::size_t kMostInSlots = 96;

  // Cheap rather than good: length and three characters tell most keys apart. Of a literal key the
  // compiler knows it.
  [[nodiscard]] static constexpr std::size_t slot_of(ByteView key) noexcept {
    const std::size_t size = key.size();
    if (size == 0) {
      return 0;
    }
    const auto last = static_cast<unsigned char>(key[size - 1]);
    const auto middle = static_cast<unsigned char>(key[size / 2]);
    const auto late = static_cast<unsigned char>(key[size - 1 - size / 4]);
    return (size * 3 + last * 7u + middle * 31u + late * 13u) % kSlots;
  }
  [[nodiscard]] const Entry* find(ByteView key, std::size_t slot) const noexcept;
  void add(ByteView key, ByteView value, std::size_t slot);
  void take_slot(std::size_t slot, std::size_t place) noexcept;

  base::Arena* arena_ = nullptr;
  std::vector<Entry> entries_;
  std::array<std::uint8_t, kSlots> slots_{};  // places count from 1; 0 is free
};

}  // namespace wserve::gateway
