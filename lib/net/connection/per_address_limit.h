// How many connections each client address has open, and how many it may have.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <utility>

#include "base/mutex.h"
#include "gateway/endpoint.h"
#include "gateway/trusted_peers.h"

namespace wserve::net {

class PerAddressLimit;

// One counted connection; it leaves the count when it dies.
class AddressSlot {
 public:
  // An IPv4 address, or the /64 network of an IPv6 address: its owner has all of it.
  using Key = std::array<std::uint8_t, 16>;

  AddressSlot() noexcept = default;
  AddressSlot(PerAddressLimit& connection_counts, const Key& key) noexcept
      : connection_counts_(&connection_counts), key_(key) {}
  AddressSlot(AddressSlot&& other) noexcept
      : connection_counts_(std::exchange(other.connection_counts_, nullptr)), key_(other.key_) {}
  AddressSlot& operator=(AddressSlot&& other) noexcept {
    std::swap(connection_counts_, other.connection_counts_);
    std::swap(key_, other.key_);
    return *this;
  }
  AddressSlot(const AddressSlot&) = delete;
  AddressSlot& operator=(const AddressSlot&) = delete;
  ~AddressSlot();

 private:
  PerAddressLimit* connection_counts_ = nullptr;  // null: not counted
  Key key_{};
};

// Shared by all loops of a server: any thread. Without a limit it counts nothing and takes no lock.
class PerAddressLimit {
 public:
  // Any time. Peers that are `exempt`, which must stay, are not counted; 0: no limit. Connections
  // that were there without one are not counted either.
  void set_limit(unsigned limit, const gateway::TrustedPeers& exempt) noexcept {
    exempt_.store(&exempt, std::memory_order_release);
    limit_.store(limit, std::memory_order_release);
  }

  // False when the peer has as many connections as it may. Throws std::bad_alloc.
  [[nodiscard]] bool enter(const gateway::Endpoint& peer, AddressSlot& slot);

 private:
  friend class AddressSlot;
  void leave(const AddressSlot::Key& key) noexcept;

  std::atomic<unsigned> limit_{0};
  std::atomic<const gateway::TrustedPeers*> exempt_{nullptr};
  base::Mutex mutex_;
  std::map<AddressSlot::Key, unsigned> counts_ GUARDED_BY(mutex_);
};

}  // namespace wserve::net
