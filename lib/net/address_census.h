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

class AddressCensus;

// One counted connection; it leaves the count when it dies.
class AddressSeat {
 public:
  // An IPv4 address, or the /64 network of an IPv6 address: its owner has all of it.
  using Key = std::array<std::uint8_t, 16>;

  AddressSeat() noexcept = default;
  AddressSeat(AddressCensus& census, const Key& key) noexcept : census_(&census), key_(key) {}
  AddressSeat(AddressSeat&& other) noexcept
      : census_(std::exchange(other.census_, nullptr)), key_(other.key_) {}
  AddressSeat& operator=(AddressSeat&& other) noexcept {
    std::swap(census_, other.census_);
    std::swap(key_, other.key_);
    return *this;
  }
  AddressSeat(const AddressSeat&) = delete;
  AddressSeat& operator=(const AddressSeat&) = delete;
  ~AddressSeat();

 private:
  AddressCensus* census_ = nullptr;  // null: not counted
  Key key_{};
};

// Shared by all loops of a server: any thread. Without a limit it counts nothing and takes no lock.
class AddressCensus {
 public:
  // Any time. Peers that are `exempt`, which must stay, are not counted; 0: no limit. Connections
  // that were there without one are not counted either.
  void set_limit(unsigned limit, const gateway::TrustedPeers& exempt) noexcept {
    exempt_.store(&exempt, std::memory_order_release);
    limit_.store(limit, std::memory_order_release);
  }

  // False when the peer has as many connections as it may. Throws std::bad_alloc.
  [[nodiscard]] bool enter(const gateway::Endpoint& peer, AddressSeat& seat);

 private:
  friend class AddressSeat;
  void leave(const AddressSeat::Key& key) noexcept;

  std::atomic<unsigned> limit_{0};
  std::atomic<const gateway::TrustedPeers*> exempt_{nullptr};
  base::Mutex mutex_;
  std::map<AddressSeat::Key, unsigned> counts_ GUARDED_BY(mutex_);
};

}  // namespace wserve::net
