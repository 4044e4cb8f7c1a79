// What the operator says about the proxies in front.
#pragma once

#include <array>
#include <cstdint>

#include "gateway/trusted_peers.h"

namespace wserve::gateway {

enum class ProxyHeader : std::uint8_t {
  kForwarded,
  kFor,
  kHost,
  kProto,
  kPort,
  kBy,
  kPrefix,
  kServer,
  kScheme,
};

struct ProxyHeaderName {
  ProxyHeader header;
  base::ByteView option;  // as trusted_proxy_headers spells it
  base::ByteView title;   // as people do
  base::ByteView key;     // in the environ
};

inline constexpr std::array kProxyHeaders = {
    ProxyHeaderName{ProxyHeader::kForwarded, "forwarded", "Forwarded", "HTTP_FORWARDED"},
    ProxyHeaderName{ProxyHeader::kFor, "x-forwarded-for", "X-Forwarded-For",
                    "HTTP_X_FORWARDED_FOR"},
    ProxyHeaderName{ProxyHeader::kHost, "x-forwarded-host", "X-Forwarded-Host",
                    "HTTP_X_FORWARDED_HOST"},
    ProxyHeaderName{ProxyHeader::kProto, "x-forwarded-proto", "X-Forwarded-Proto",
                    "HTTP_X_FORWARDED_PROTO"},
    ProxyHeaderName{ProxyHeader::kPort, "x-forwarded-port", "X-Forwarded-Port",
                    "HTTP_X_FORWARDED_PORT"},
    ProxyHeaderName{ProxyHeader::kBy, "x-forwarded-by", "X-Forwarded-By", "HTTP_X_FORWARDED_BY"},
    ProxyHeaderName{ProxyHeader::kPrefix, "x-forwarded-prefix", "X-Forwarded-Prefix",
                    "HTTP_X_FORWARDED_PREFIX"},
    // Read by the prefix filter alone.
    ProxyHeaderName{ProxyHeader::kServer, "x-forwarded-server", "X-Forwarded-Server",
                    "HTTP_X_FORWARDED_SERVER"},
    ProxyHeaderName{ProxyHeader::kScheme, "x-forwarded-scheme", "X-Forwarded-Scheme",
                    "HTTP_X_FORWARDED_SCHEME"},
};

[[nodiscard]] constexpr const ProxyHeaderName& name_of(ProxyHeader header) noexcept {
  return kProxyHeaders[static_cast<std::size_t>(header)];
}

class ProxyHeaderSet {
 public:
  constexpr void insert(ProxyHeader header) noexcept { bits_ |= bit(header); }
  [[nodiscard]] constexpr bool has(ProxyHeader header) const noexcept {
    return (bits_ & bit(header)) != 0;
  }
  [[nodiscard]] constexpr bool is_empty() const noexcept { return bits_ == 0; }
  // Another than `header` is in it too.
  [[nodiscard]] constexpr bool has_other_than(ProxyHeader header) const noexcept {
    return (bits_ & ~bit(header)) != 0;
  }

 private:
  static constexpr unsigned bit(ProxyHeader header) noexcept {
    return 1u << static_cast<unsigned>(header);
  }
  unsigned bits_ = 0;
};

struct ProxyPolicy {
  TrustedPeers peers;
  unsigned count = 1;       // how many of the right-most hops are believed
  bool count_auto = false;  // as many as `peers` trusts, instead
  ProxyHeaderSet headers;
  bool clear_untrusted = true;
  bool log_untrusted = false;
};

}  // namespace wserve::gateway
