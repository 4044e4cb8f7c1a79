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
    } else if (word == "unix:" || word == "localhost") {
      read.unix_ = true;
    } else if (const auto network = base::IpNetwork::parse(word)) {
      read.networks_.push_back(*network);
    } else {
      return {base::Code::kInvalid,
              base::concat("trusted_proxy must be a list of IP addresses, CIDR blocks (no bits set "
                           "behind the prefix), \"unix:\" or \"*\", got \"",
                           base::printable(word), '"')};
    }
  }
  peers = std::move(read);
  return {};
}

bool TrustedPeers::trusts(const Endpoint& endpoint) const noexcept {
  return endpoint.is_unix ? everyone_ || unix_ : trusts(endpoint.peer_address);
}

bool TrustedPeers::trusts(const base::IpAddress& address) const noexcept {
  return everyone_ || std::any_of(networks_.begin(), networks_.end(),
                                  [&](const auto& network) { return network.contains(address); });
}

}  // namespace wserve::gateway
