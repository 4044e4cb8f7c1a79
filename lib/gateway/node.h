// One hop as proxies write it: an address or a name, perhaps with a port.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace wserve::gateway {

// The views are parts of the parsed text, brackets removed.
struct Node {
  base::ByteView name;  // an address, without its zone; "unknown", "unix" or a hidden name
  base::ByteView port;  // empty when not given
};

// RFC 7239 §6, and what X-Forwarded-For holds beside it: "192.0.2.1", "192.0.2.1:80",
// "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80", "unknown", "_hidden". Go adds the zone of a
// link-local address ("fe80::1%eth0", RFC 4007 §11), which means nothing on another machine; nginx
// says "unix:" for whoever came through a Unix socket. Nothing for other text.
[[nodiscard]] std::optional<Node> parse_node(base::ByteView text) noexcept;

// The hop came through a Unix socket.
inline constexpr base::ByteView kUnixNode = "unix:";

}  // namespace wserve::gateway
