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

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      append_escape(line, c);
    } else {
      line += c;
    }
  }
  return line;
}

}  // namespace wserve::base
