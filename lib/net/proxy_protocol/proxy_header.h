// Reads the header of the PROXY protocol, versions 1 and 2: who really connected, said by a TCP
// proxy before the first byte of HTTP (HAProxy's doc/proxy-protocol.txt).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ip_address.h"

namespace wserve::net {

using base::ByteView;

// One of version 2's extensions. Texts as they are, if they are free of control bytes; everything
// else as hexadecimal digits.
struct ProxyTlv {
  std::string name;  // "alpn", "authority", "unique_id", "ssl_cn", "0xea", ...
  std::string value;
};

struct ProxyPreface {
  // kConnection: the proxy speaks for itself, or cannot say; the connection's own ends count.
  enum class Source : std::uint8_t { kConnection, kInet, kUnix };

  Source source = Source::kConnection;
  base::IpAddress client;
  base::IpAddress server;  // where the client connected to
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  bool is_tls = false;  // the client's connection was
  std::vector<ProxyTlv> tlvs;
};

struct ProxyVerdict {
  enum class Progress : std::uint8_t { kNeedsMore, kReady, kRefused };

  Progress progress = Progress::kNeedsMore;
  // Of the header; what follows is HTTP. Also with kNeedsMore, once version 2 has said it; else 0.
  std::size_t size = 0;
  const char* why = nullptr;  // kRefused
};

// So many bytes tell version 1 as a whole, and of version 2 how long it is.
inline constexpr std::size_t kPrefaceStartBytes = 107;
inline constexpr std::size_t kUsualPrefaceBytes = 16384;

// `bytes` is all that has come so far. `preface` is filled when it is ready. A header of more than
// `max_bytes` is refused.
[[nodiscard]] ProxyVerdict read_proxy_preface(ByteView bytes, ProxyPreface& preface,
                                              std::size_t max_bytes = kUsualPrefaceBytes);

}  // namespace wserve::net
