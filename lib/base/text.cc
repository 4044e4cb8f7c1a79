// What a message may hold of a text from outside.
#include "base/text.h"

namespace wserve::base {

namespace {

void append_escape(std::string& line, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '\n':
      line += "\\n";
      break;
    case '\r':
      line += "\\r";
      break;
    default:
      line += "\\x";
      line += kDigits[byte / 16];
      line += kDigits[byte % 16];
      break;
  }
}

// Also U+0080 to U+009F, in UTF-8 or as single bytes: U+009B begins what steers a terminal as well
// as ESC [ does. In other characters of UTF-8 such a byte stands behind another of its kind.
bool steers(unsigned char byte, unsigned char before) noexcept {
  const bool is_late_control = byte >= 0x80 && byte < 0xa0 && (before < 0x80 || before == 0xc2);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f || is_late_control;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  unsigned char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_escaped = steers(byte, before);
    if (is_escaped) {
      append_escape(line, c);
    } else {
      line += c;
    }
    before = is_escaped ? 0 : byte;
  }
  return line;
}

}  // namespace wserve::base
