// Counting by address.
#include "net/address_census.h"

#include <algorithm>

namespace wserve::net {

namespace {

AddressSeat::Key key_of(const base::IpAddress& address) noexcept {
  AddressSeat::Key key = address.bytes();
  if (!address.is_v4()) {
    std::fill(key.begin() + 8, key.end(), std::uint8_t{0});
  }
  return key;
}

}  // namespace

AddressSeat::~AddressSeat() {
  if (census_ != nullptr) {
    census_->leave(key_);
  }
}

bool AddressCensus::enter(const gateway::Endpoint& peer, AddressSeat& seat) {
  const unsigned limit = limit_.load(std::memory_order_acquire);
  if (limit == 0 || peer.is_unix || exempt_.load(std::memory_order_acquire)->trusts(peer)) {
    return true;
  }
  const AddressSeat::Key key = key_of(peer.peer_address);
  base::MutexLock lock(mutex_);
  unsigned& count = counts_[key];
  if (count >= limit) {
    return false;
  }
  ++count;
  seat = AddressSeat(*this, key);
  return true;
}

void AddressCensus::leave(const AddressSeat::Key& key) noexcept {
  base::MutexLock lock(mutex_);
  const auto found = counts_.find(key);
  if (--found->second == 0) {
    counts_.erase(found);
  }
}

}  // namespace wserve::net
