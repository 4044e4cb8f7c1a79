// Counting by address.
#include "net/connection/per_address_limit.h"

#include <algorithm>

namespace wserve::net {

namespace {

AddressSlot::Key key_of(const base::IpAddress& address) noexcept {
  AddressSlot::Key key = address.bytes();
  if (!address.is_v4()) {
    std::fill(key.begin() + 8, key.end(), std::uint8_t{0});
  }
  return key;
}

}  // namespace

AddressSlot::~AddressSlot() {
  if (connection_counts_ != nullptr) {
    connection_counts_->leave(key_);
  }
}

bool PerAddressLimit::enter(const gateway::Endpoint& peer, AddressSlot& slot) {
  const unsigned limit = limit_.load(std::memory_order_acquire);
  if (limit == 0 || peer.is_unix || exempt_.load(std::memory_order_acquire)->trusts(peer)) {
    return true;
  }
  const AddressSlot::Key key = key_of(peer.peer_address);
  base::MutexLock lock(mutex_);
  unsigned& count = counts_[key];
  if (count >= limit) {
    return false;
  }
  ++count;
  slot = AddressSlot(*this, key);
  return true;
}

void PerAddressLimit::leave(const AddressSlot::Key& key) noexcept {
  base::MutexLock lock(mutex_);
  const auto found = counts_.find(key);
  if (--found->second == 0) {
    counts_.erase(found);
  }
}

}  // namespace wserve::net
