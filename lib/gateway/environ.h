// What the application reads about a request: CGI-like names and their values, in one flat list.
#pragma once

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
    return (maybe_present_ & bit_of(key)) != 0 ? search(key) : nullptr;
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
  void add(ByteView key, ByteView value) {
    entries_.push_back({key, value});
    maybe_present_ |= bit_of(key);
  }

  // Appends ", " and the value to an entry.
  void join(Entry& entry, ByteView value);
  [[nodiscard]] Entry* find(ByteView key) noexcept {
    return const_cast<Entry*>(static_cast<const Environ*>(this)->find(key));
  }

  // False when it was absent. The order of the others stays.
  bool erase(ByteView key) noexcept;

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] base::Arena& arena() noexcept { return *arena_; }

 private:
  // Cheap rather than good: length and two characters tell most keys apart. Of a literal key the
  // compiler knows it.
  [[nodiscard]] static constexpr std::uint64_t bit_of(ByteView key) noexcept {
    const std::size_t size = key.size();
    if (size == 0) {
      return 1;
    }
    const auto last = static_cast<unsigned char>(key[size - 1]);
    const auto middle = static_cast<unsigned char>(key[size / 2]);
    return std::uint64_t{1} << ((size + last * 7u + middle * 31u) % 64);
  }
  [[nodiscard]] const Entry* search(ByteView key) const noexcept;

  base::Arena* arena_ = nullptr;
  std::vector<Entry> entries_;
  // One bit per hash of a key ever added: a clear bit says "absent" without a search.
  std::uint64_t maybe_present_ = 0;
};

}  // namespace wserve::gateway
