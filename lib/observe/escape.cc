// Escaping for lines that people and programs read.
#include "observe/escape.h"

namespace wserve::observe {

using base::ByteView;

namespace {

constexpr const char* kHex = "0123456789abcdef";

bool is_control(unsigned char c) noexcept {
  return c < 0x20 || c == 0x7f;
}

// The length of the character at the front; 0 when it is none (RFC 3629 §4).
std::size_t utf8_length(ByteView text) noexcept {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return (at(i) & 0xc0U) == 0x80U; };
  const unsigned first = at(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return is_tail(1) ? 2 : 0;
  }
  if (first >= 0xe0 && first <= 0xef) {
    const bool is_fine = !(first == 0xe0 && at(1) < 0xa0) && !(first == 0xed && at(1) > 0x9f);
    return is_fine && is_tail(1) && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool is_fine = !(first == 0xf0 && at(1) < 0x90) && !(first == 0xf4 && at(1) > 0x8f);
    return is_fine && is_tail(1) && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void append_escaped(std::string& line, ByteView text, bool is_quoted) {
  if (text.empty()) {
    line += '-';
    return;
  }
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (is_control(byte) || byte >= 0x80 || (c == ' ' && !is_quoted)) {
      line += "\\x";
      line += kHex[byte >> 4U];
      line += kHex[byte & 0xfU];
    } else {
      line += c;
    }
  }
}

void append_json(std::string& line, ByteView text) {
  line += '"';
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8_length(text);
    if (text.front() == '"' || text.front() == '\\') {
      line += '\\';
      line += text.front();
    } else if (is_control(byte)) {
      line += "\\u00";
      line += kHex[byte >> 4U];
      line += kHex[byte & 0xfU];
    } else if (length == 0) {
      line += "\xef\xbf\xbd";
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  line += '"';
}

}  // namespace wserve::observe
