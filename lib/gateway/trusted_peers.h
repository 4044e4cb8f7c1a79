// The peers whose proxy headers are believed.
#pragma once

#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/status.h"
#include "gateway/endpoint.h"

namespace wserve::gateway {

class TrustedPeers {
 public:
  // Words between white space or commas: addresses, CIDR blocks, "unix:", "localhost" (this
  // machine: the loopback addresses and "unix:") or "*". kInvalid names the word that is none of
  // these.
  static base::Status parse(base::ByteView text, TrustedPeers& peers);

  [[nodiscard]] bool trusts(const Endpoint& endpoint) const noexcept;
  [[nodiscard]] bool trusts(const base::IpAddress& address) const noexcept;
  [[nodiscard]] bool trusts_unix() const noexcept { return everyone_ || unix_; }

  [[nodiscard]] bool is_empty() const noexcept { return !everyone_ && !unix_ && networks_.empty(); }
  [[nodiscard]] bool is_everyone() const noexcept { return everyone_; }

 private:
  bool everyone_ = false;
  bool unix_ = false;
  std::vector<base::IpNetwork> networks_;
};

}  // namespace wserve::gateway
