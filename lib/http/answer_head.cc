// Status line and field lines.
#include "http/answer_head.h"

#include <array>
#include <charconv>

namespace wserve::http {

using base::ByteView;

void begin_head(base::ByteBuffer& head, int minor_version, int status, ByteView reason) {
  head.clear();
  const std::array<char, 5> code = {' ', static_cast<char>('0' + status / 100),
                                    static_cast<char>('0' + status / 10 % 10),
                                    static_cast<char>('0' + status % 10), ' '};
  head.append_all(version_text(minor_version), ByteView(code.data(), code.size()), reason,
                  kLineEnd);
}

void write_field(base::ByteBuffer& lines, ByteView name, std::uint64_t number) {
  std::array<char, 20> digits;  // NOLINT: filled before it is read
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  write_field(lines, name, ByteView(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

void write_connection(base::ByteBuffer& lines, int minor_version, bool keeps_alive, bool upgrades) {
  ByteView persistence;
  if (!keeps_alive) {
    persistence = upgrades ? "close, upgrade" : "close";
  } else if (minor_version == 0) {
    persistence = upgrades ? "Keep-Alive, upgrade" : "Keep-Alive";
  } else if (upgrades) {
    persistence = "upgrade";
  }
  if (!persistence.empty()) {
    write_field(lines, "Connection", persistence);
  }
}

}  // namespace wserve::http
