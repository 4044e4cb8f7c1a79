// What the application reads about a request: CGI-like names and their values, in one flat list.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/word.h"

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
  // Starts with the entries of `other`.
  void restart(base::Arena& arena, const Environ& other);

  // The value of the entry at a place, counted from 0; keeps the view.
  void fill(std::size_t place, ByteView value) noexcept { entries_[place].value = value; }

  // Null when absent. In line, so that a literal's slot is a constant.
  [[nodiscard, gnu::always_inline]] const Entry* find(ByteView key) const noexcept {
    const std::size_t slot = slot_of(key);
    const bool is_absent = slots_[slot] == 0 && entries_.size() <= kMaxInSlots;
    return is_absent ? nullptr : find(key, slot);
  }
  // For names that are known when the program is compiled: false when none of them has an entry. It
  // may be true for nothing.
  template <const auto& kNames, std::size_t... kIndex>
  [[nodiscard]] bool may_have_any(std::index_sequence<kIndex...> /*which*/) const noexcept {
    constexpr std::array kWanted = {slot_of(kNames[kIndex].key)...};
    return entries_.size() > kMaxInSlots || (... || (slots_[kWanted[kIndex]] != 0));
  }

  // The value, empty when absent.
  [[nodiscard]] ByteView get(ByteView key) const noexcept {
    const Entry* entry = find(key);
    return entry != nullptr ? entry->value : ByteView();
  }

  // Replaces or adds. `put` keeps the given views, `set` copies them into the arena.
  void put(ByteView key, ByteView value) { put(key, value, slot_of(key)); }
  void set(ByteView key, ByteView value) { set(key, value, slot_of(key)); }

  // Adds a key that is known to be absent; keeps the views.
  void add(ByteView key, ByteView value) { add(key, value, slot_of(key)); }

  // Adds a key, or appends ", " (to a cookie "; ", RFC 9113 §8.2.3) and the value to what it has;
  // keeps the views. The time for many values of one key is that for all their bytes.
  void join(ByteView key, ByteView value) {
    const std::size_t slot = slot_of(key);
    if (slots_[slot] == 0 && entries_.size() < kMaxInSlots) {
      entries_.push_back({key, value});
      slots_[slot] = static_cast<std::uint8_t>(entries_.size());
    } else {
      join(key, value, slot);
    }
  }
  [[nodiscard]] Entry* find(ByteView key) noexcept {
    return const_cast<Entry*>(static_cast<const Environ*>(this)->find(key));
  }

  // False when it was absent. The order of the others stays.
  bool erase(ByteView key) noexcept;

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] base::Arena& arena() noexcept { return *arena_; }

 private:
  // The first entries are found by an open hash table of their places; any further ones, which only
  // an unusual request has, in a tree: a client that chooses the names cannot make it slow.
  static constexpr unsigned kSlotBits = 8;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  static constexpr std::size_t kMaxInSlots = kSlots / 2;

  // A value that was joined: it stands in the arena, with room behind it for more.
  struct Joined {
    char* begin;
    std::size_t room;
  };

  // By the last eight characters: names begin alike. Of a literal key the compiler knows it.
  [[nodiscard]] static constexpr std::size_t slot_of(ByteView key) noexcept {
    constexpr base::Word kGolden = 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio
    const std::size_t tail = std::min(key.size(), sizeof(base::Word));
    const base::Word last = base::read_word(key.data() + key.size() - tail, tail);
    return static_cast<std::size_t>((last * kGolden) >> (64 - kSlotBits));
  }
  [[nodiscard]] const Entry* find(ByteView key, std::size_t slot) const noexcept;
  [[nodiscard]] Entry* find(ByteView key, std::size_t slot) noexcept {
    return const_cast<Entry*>(static_cast<const Environ*>(this)->find(key, slot));
  }
  void put(ByteView key, ByteView value, std::size_t slot);
  void set(ByteView key, ByteView value, std::size_t slot);
  void add(ByteView key, ByteView value, std::size_t slot);
  void join(ByteView key, ByteView value, std::size_t slot);
  [[nodiscard]] char* with_room(ByteView value, std::size_t more);
  void take_slot(std::size_t slot, std::size_t place) noexcept;
  void forget_further() noexcept {
    if (!further_.empty() || !joined_.empty()) {
      further_.clear();
      joined_.clear();
    }
  }

  base::Arena* arena_ = nullptr;
  std::vector<Entry> entries_;
  std::array<std::uint8_t, kSlots> slots_{};  // places count from 1; 0 is free
  std::map<ByteView, std::size_t> further_;   // places of the others, from 0
  std::map<const char*, Joined> joined_;      // by their beginnings
};

}  // namespace wserve::gateway
