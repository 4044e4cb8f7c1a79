// The two ends of a connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ip_address.h"

namespace wserve::gateway {

// What a TCP proxy has said with the PROXY protocol, beside the addresses.
struct ProxiedConnection {
  std::string proxy;                                      // the address of the proxy itself
  bool has_client = true;                                 // it has told the client's address
  bool is_tls = false;                                    // between the client and the proxy
  std::vector<std::pair<std::string, std::string>> tlvs;  // name and value
};

inline constexpr std::uint16_t kNoListener = 0xffff;

// A small value: each request carries a copy, because a request may outlive its connection.
struct Endpoint {
  base::IpAddress peer_address;  // who connected to us: an HTTP proxy, if there is one
  std::uint16_t peer_port = 0;
  std::uint16_t server_port = 0;         // of our side
  std::uint16_t listener = kNoListener;  // by its number, see app::Service
  bool is_unix = false;                  // a Unix socket: no addresses, no ports
  std::shared_ptr<const ProxiedConnection> proxied = nullptr;  // null without PROXY protocol
};

// As Waitress calls the peer of a Unix socket.
inline constexpr base::ByteView kUnixPeer = "localhost";

// How the environ and the log name the peer: "192.0.2.1".
[[nodiscard]] inline std::string peer_text(const Endpoint& endpoint) {
  return endpoint.is_unix ? std::string(kUnixPeer) : endpoint.peer_address.to_text();
}

}  // namespace wserve::gateway
