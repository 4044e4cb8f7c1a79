// Reads the trusted_proxy option and asks it.
#include "gateway/trusted_peers.h"

#include <algorithm>

#include "base/text.h"

namespace wserve::gateway {

base::Status TrustedPeers::parse(base::ByteView text, TrustedPeers& peers) {
  TrustedPeers read;
  std::string words(text);
  std::replace(words.begin(), words.end(), ',', ' ');
  base::ByteView rest = words;
  for (base::ByteView word = base::take_word(rest); !word.empty(); word = base::take_word(rest)) {
    if (word == "*") {
      read.everyone_ = true;
    } else if (word == "unix:") {
      read.unix_ = true;
    } else if (word == "localhost") {
      read.unix_ = true;
      read.networks_.insert(read.networks_.end(), {*base::IpNetwork::parse("127.0.0.0/8"),
                                                   *base::IpNetwork::parse("::1")});
    } else if (const auto network = base::IpNetwork::parse(word)) {
      read.networks_.push_back(*network);
    } else {
      return {base::Code::kInvalid,
              base::concat("trusted_proxy must be a list of IP addresses, CIDR blocks (no bits set "
                           "behind the prefix), \"unix:\", \"localhost\" or \"*\", got \"",
                           base::printable(word), '"')};
    }
  }
  peers = std::move(read);
  return {};
}

bool TrustedPeers::trusts(const Endpoint& endpoint) const noexcept {
  // What a TCP proxy sends without saying for whom is anybody's word, not the proxy's.
  if (endpoint.proxied && !endpoint.proxied->has_client) {
    return false;
  }
  return endpoint.is_unix ? trusts_unix() : trusts(endpoint.peer_address);
}

bool TrustedPeers::trusts(const base::IpAddress& address) const noexcept {
  return everyone_ || std::any_of(networks_.begin(), networks_.end(),
                                  [&](const auto& network) { return network.contains(address); });
}

}  // namespace wserve::gateway
