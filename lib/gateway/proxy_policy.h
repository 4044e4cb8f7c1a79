// What the operator says about the proxies in front.
#pragma once

#include <array>
#include <cstdint>
#include <string>

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
  // These tell of the request, see request_marks.h.
  kRequestStart,
  kRequestId,
  kTraceparent,
};

[[nodiscard]] constexpr bool is_mark(ProxyHeader header) noexcept {
  return header >= ProxyHeader::kRequestStart;
}

// Clients, too, have a use for it: what is not believed stays, as a field like any other.
[[nodiscard]] constexpr bool is_for_everybody(ProxyHeader header) noexcept {
  return header >= ProxyHeader::kRequestId;
}

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
    ProxyHeaderName{ProxyHeader::kRequestStart, "x-request-start", "X-Request-Start",
                    "HTTP_X_REQUEST_START"},
    // Its name is that of ProxyPolicy::request_id.
    ProxyHeaderName{ProxyHeader::kRequestId, "x-request-id", "X-Request-ID", "HTTP_X_REQUEST_ID"},
    ProxyHeaderName{ProxyHeader::kTraceparent, "traceparent", "traceparent", "HTTP_TRACEPARENT"},
};

// Those that nobody else has a use for.
inline constexpr std::size_t kProxyOnlyHeaders = static_cast<std::size_t>(ProxyHeader::kRequestId);

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
  [[nodiscard]] constexpr bool has_mark() const noexcept {
    return bits_ >= bit(ProxyHeader::kRequestStart);
  }

 private:
  static constexpr unsigned bit(ProxyHeader header) noexcept {
    return 1u << static_cast<unsigned>(header);
  }
  unsigned bits_ = 0;
};

// The field that names a request.
struct RequestIdField {
  std::string title;  // "X-Request-ID"; empty: requests have no ids
  std::string key;    // in the environ
};

struct ProxyPolicy {
  TrustedPeers peers;
  unsigned count = 1;       // how many of the right-most hops are believed
  bool count_auto = false;  // as many as `peers` trusts, instead
  ProxyHeaderSet headers;
  bool clear_untrusted = true;
  bool log_untrusted = false;
  RequestIdField request_id;

  [[nodiscard]] bool gives_ids() const noexcept { return !request_id.title.empty(); }
};

}  // namespace wserve::gateway
