// Says in words what the trusted-proxy engine makes of one request.
#pragma once

#include <string>

#include "gateway/endpoint.h"
#include "gateway/proxy_policy.h"
#include "gateway/site.h"
#include "http/request.h"

namespace wserve::gateway {

// Lines for people: the peer, each proxy header hop by hop, and the environ that comes out of it.
// `trusted_proxy` is the option's text.
[[nodiscard]] std::string explain_proxy(const ProxyPolicy& policy, base::ByteView trusted_proxy,
                                        const Site& site, const Endpoint& endpoint,
                                        http::Request& request);

}  // namespace wserve::gateway
