// Escaping for lines that people and programs read.
#include "observe/escape.h"

#include <algorithm>

#include "base/utf8.h"

namespace wserve::observe {

using base::ByteView;

namespace {

constexpr const char* kHex = "0123456789abcdef";
constexpr char32_t kReplacement = 0xfffd;  // for what is no character

bool is_control(char32_t c) noexcept {
  return c < 0x20 || c == 0x7f;
}

void append_hex(std::string& line, unsigned number, unsigned digits) {
  while (digits-- > 0) {
    line += kHex[number >> (4U * digits) & 0xfU];
  }
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
      append_hex(line, byte, 2);
    } else {
      line += c;
    }
  }
}

void append_json(std::string& line, ByteView text) {
  line += '"';
  while (!text.empty()) {
    const std::size_t size = base::utf8_size(text);
    const ByteView character = text.substr(0, size);
    const char32_t code = size == 0 ? kReplacement : base::utf8_code_point(character);
    if (character == "\"" || character == "\\") {
      line += '\\';
      line += character;
    } else if (code == kReplacement || is_control(code) || base::steers(code)) {
      line += "\\u";
      append_hex(line, code, 4);
    } else {
      line += character;
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  line += '"';
}

}  // namespace wserve::observe
