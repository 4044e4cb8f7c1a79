// The text of an answer's head (RFC 9112 §4, §5): nobody else writes a line of it.
#pragma once

#include <cstdint>

#include "base/byte_buffer.h"
#include "base/bytes.h"

namespace wserve::http {

inline constexpr base::ByteView kLineEnd = "\r\n";
inline constexpr base::ByteView kHeadEnd = "\r\n\r\n";  // of the last line, and of the head

[[nodiscard]] constexpr base::ByteView version_text(int minor_version) noexcept {
  return minor_version > 0 ? "HTTP/1.1" : "HTTP/1.0";
}

// Begins a head in the place of what the buffer has. The status has three digits.
void begin_head(base::ByteBuffer& head, int minor_version, int status, base::ByteView reason);

// One field line. Both texts have been checked (http/grammar).
[[gnu::always_inline]] inline void write_field(base::ByteBuffer& lines, base::ByteView name,
                                               base::ByteView value) {
  lines.append_all(name, base::ByteView(": "), value, kLineEnd);
}
void write_field(base::ByteBuffer& lines, base::ByteView name, std::uint64_t number);

// What the connection does behind the answer (RFC 9112 §9.3), and whether Upgrade is said of it
// (RFC 9110 §7.8). Nothing where all of it goes without saying.
void write_connection(base::ByteBuffer& lines, int minor_version, bool keeps_alive, bool upgrades);

inline void end_head(base::ByteBuffer& head) {
  head.append(kLineEnd);
}

}  // namespace wserve::http
