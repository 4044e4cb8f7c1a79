// Mounts an application below a path, and tells it where the world sees it: PasteDeploy's
// PrefixMiddleware, with its holes mended.
#pragma once

#include <optional>
#include <string>

#include "gateway/endpoint.h"
#include "gateway/environ.h"
#include "gateway/proxy_headers.h"
#include "gateway/proxy_policy.h"
#include "http/request.h"

namespace wserve::gateway {

struct PrefixSettings {
  std::string prefix;  // "/james", or empty; never ends with a slash
  bool translate_forwarded_server = true;
  std::optional<std::string> force_port;  // empty: the port that the scheme implies
  std::string scheme;                     // empty: not forced
  bool append = false;                    // keep an existing SCRIPT_NAME in front of the prefix
};

// Works on the environ, in this order:
//  1. PATH_INFO loses the prefix where it stands as whole segments, and is "/" when nothing is
//  left;
//     SCRIPT_NAME becomes the prefix.
//  2. X-Forwarded-Server, -Host, -For, -Scheme and else -Proto are applied and removed, as far as
//  the
//     policy believes the peer and the header; of a list, the oldest hop that it believes. Where
//     the policy trusts nobody at all, a peer on this machine is believed in -For and -Proto.
//  3. scheme, then force_port.
[[nodiscard]] std::optional<MalformedHeader> apply_prefix(const PrefixSettings& settings,
                                                          const http::Request& request,
                                                          const Endpoint& endpoint,
                                                          const ProxyPolicy& policy,
                                                          Environ& environ, base::Log& log);

}  // namespace wserve::gateway
