// A node of RFC 7239 §6 without its obfuscated forms.
#include "gateway/peer.h"

#include "base/text.h"
#include "gateway/node.h"

namespace wserve::gateway {

base::Status read_peer(base::ByteView text, Endpoint& endpoint) {
  if (text == kUnixNode) {
    endpoint.is_unix = true;
    return {};
  }
  const auto node = parse_node(text);
  const auto address = node ? base::IpAddress::parse(node->name) : std::nullopt;
  const auto port =
      node && !node->port.empty() ? base::parse_port(node->port) : std::optional<std::uint16_t>(0);
  if (!address || !port) {
    return {base::Code::kInvalid,
            base::concat("peer must be ADDRESS, ADDRESS:PORT, [IPV6]:PORT or unix:, got \"",
                         base::printable(text), '"')};
  }
  endpoint.peer_address = *address;
  endpoint.peer_port = *port;
  return {};
}

}  // namespace wserve::gateway
