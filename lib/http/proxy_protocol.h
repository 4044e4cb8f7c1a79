// Reads the header of the PROXY protocol, versions 1 and 2: who really connected, said by a TCP
// proxy before the first byte of HTTP (HAProxy's doc/proxy-protocol.txt).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ip_address.h"

namespace wserve::http {

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
  std::size_t size = 0;       // kReady: of the header; what follows is HTTP
  const char* why = nullptr;  // kRefused
};

// No header is longer: 107 bytes in version 1; in version 2 what an honest proxy could fill.
inline constexpr std::size_t kMostPrefaceBytes = 16 + 2048;

// `bytes` is all that has come so far. `preface` is filled when it is ready.
[[nodiscard]] ProxyVerdict read_proxy_preface(ByteView bytes, ProxyPreface& preface);

}  // namespace wserve::http
