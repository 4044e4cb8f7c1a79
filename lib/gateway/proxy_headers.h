// Believes or removes what proxies say about the client.
#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "gateway/endpoint.h"
#include "gateway/environ.h"
#include "gateway/proxy_policy.h"

namespace wserve::gateway {

// A proxy header that cannot be read: the request is answered with 400.
struct MalformedHeader {
  std::string header;  // "X-Forwarded-For"
  std::string reason;
  std::string value;
};

// "http" or "https": the scheme that a proxy tells, perhaps by its WebSocket name (RFC 6455 §3);
// empty for any other.
[[nodiscard]] ByteView scheme_of_proto(ByteView proto) noexcept;

// Rewrites the environ: from a trusted peer the believed hops become REMOTE_*, SERVER_*, HTTP_HOST
// and ws.url_scheme, and the headers themselves shrink to those hops; every header that was not
// believed is removed, if the policy says so. Warnings go to `log`.
[[nodiscard]] std::optional<MalformedHeader> apply_proxy_policy(const ProxyPolicy& policy,
                                                                const Endpoint& endpoint,
                                                                Environ& environ, base::Log& log);

}  // namespace wserve::gateway
