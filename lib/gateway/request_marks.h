// What proxies say about a request rather than about its client: when they got it, and its names.
#pragma once

#include <chrono>
#include <optional>

#include "gateway/endpoint.h"
#include "gateway/environ.h"
#include "gateway/proxy_policy.h"

namespace wserve::gateway {

// What is believed; empty where there is nothing. Views of the environ's values.
struct RequestMarks {
  std::optional<std::chrono::microseconds> proxied_at;  // since 1970
  ByteView id;
  ByteView trace_id;
};

// As far as the policy believes this peer. What cannot be read is as good as nothing.
[[nodiscard]] RequestMarks read_marks(const ProxyPolicy& policy, const Endpoint& endpoint,
                                      const Environ& environ) noexcept;

// X-Request-Start: since 1970, with "t=" before it or without; seconds, milliseconds or
// microseconds, each perhaps with a fraction. The number says which: between 1973 and 5138 no two
// of them meet.
[[nodiscard]] std::optional<std::chrono::microseconds> parse_request_start(ByteView text) noexcept;

// 1 to 128 letters, digits and "-_.:@+/=": what names a request elsewhere, and does no harm in a
// log, in a field or in a link.
[[nodiscard]] bool is_request_id(ByteView text) noexcept;

// The trace-id of a traceparent (W3C Trace Context §3.2); empty when it is malformed.
[[nodiscard]] ByteView trace_id_of(ByteView traceparent) noexcept;

}  // namespace wserve::gateway
