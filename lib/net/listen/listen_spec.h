// One entry of the listen option, understood.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/status.h"

namespace wserve::net {

struct ListenSpec {
  enum class Kind : std::uint8_t { kTcp, kUnix, kDescriptor, kSystemd };

  Kind kind = Kind::kTcp;
  std::string text;               // as it was given, for messages
  const char* option = "listen";  // to which it was given, likewise
  std::string host;           // kTcp: a name or address without brackets; empty for every address
  std::string port;           // kTcp: a number or a service name
  std::string path;           // kUnix; "@name" is an abstract one, without a file
  unsigned mode = 0600;       // kUnix: of the socket file
  std::string owner;          // kUnix: user name or number; empty keeps it
  std::string group;          // kUnix: likewise
  int descriptor = -1;        // kDescriptor: already listening, or bound
  std::string name;           // kSystemd: FileDescriptorName; empty for all
  bool speaks_proxy = false;  // every connection begins with a PROXY protocol header

  [[nodiscard]] bool is_abstract() const noexcept { return path.starts_with('@'); }
  // Who listens on one of the two has the other, too. Port 0 is another one each time.
  [[nodiscard]] bool is_same_address(const ListenSpec& other) const noexcept;
};

struct ListenDefaults {
  const char* option = "listen";  // that has the entries
  base::ByteView port = "0";      // of entries without one
  unsigned mode = 0600;           // of the files of Unix sockets without one
};

// "host:port", "host", "[v6]:port", "*:port", "unix:/path?mode=0660&owner=u&group=g", "unix:@name",
// "fd:3", "systemd", "systemd:name"; all with "?proxy=on". kInvalid names the option, the entry and
// what is wrong.
base::Status parse_listen_spec(base::ByteView text, const ListenDefaults& defaults,
                               ListenSpec& spec);
// For messages: `listen: "unix:/s"`, printable.
[[nodiscard]] std::string named(const ListenSpec& spec);

// A number of 0..65535, or something that may be the name of a service: getaddrinfo() knows which
// there are, but takes any number and cuts it down to 16 bits.
[[nodiscard]] bool may_be_port(base::ByteView text) noexcept;

// Digits of base 8, "0600" or "0o600" or "600", at most 0777.
[[nodiscard]] bool parse_file_mode(base::ByteView text, unsigned& mode) noexcept;

}  // namespace wserve::net
