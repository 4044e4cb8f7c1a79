// Checks of whole texts against the HTTP grammar; each is linear in its input.
#include "http/grammar.h"

#include "base/ip_address.h"
#include "base/simd16.h"

namespace wserve::http {

namespace {

using base::Bytes16;

bool is_quoted_pair_char(char c) noexcept {
  return grammar::has(c, grammar::kValueBit);
}

// The first control, or the end.
const char* find_control(const char* p, const char* end) noexcept {
  for (; static_cast<std::size_t>(end - p) >= sizeof(Bytes16); p += sizeof(Bytes16)) {
    const Bytes16 bytes = base::load_bytes16(p);
    const std::size_t place = base::first_set((bytes < 0x20) | (bytes == 0x7f));
    if (place < sizeof(Bytes16)) {
      return p + place;
    }
  }
  while (p != end && grammar::has(*p, grammar::kValueBit)) {
    ++p;
  }
  return p;
}

// The first byte that is neither a letter nor "-", or one before it.
const char* skip_plain(const char* p, const char* end) noexcept {
  for (; static_cast<std::size_t>(end - p) >= sizeof(Bytes16); p += sizeof(Bytes16)) {
    const Bytes16 bytes = base::load_bytes16(p);
    const Bytes16 from_a = (bytes | 0x20) - 'a';
    const std::size_t place = base::first_set((from_a > 'z' - 'a') & (bytes != '-'));
    if (place < sizeof(Bytes16)) {
      return p + place;
    }
  }
  return p;
}

}  // namespace

bool is_token(ByteView text) noexcept {
  return !text.empty() && scan_token(text).size == text.size();
}

TokenScan scan_token(ByteView text) noexcept {
  const char* const end = text.data() + text.size();
  const char* const plain_end = skip_plain(text.data(), end);
  const char* p = plain_end;
  while (p != end && is_token_char(*p)) {
    ++p;
  }
  return {static_cast<std::size_t>(p - text.data()), p == plain_end};
}

std::size_t count_value_chars(ByteView text) noexcept {
  const char* const end = text.data() + text.size();
  const char* p = find_control(text.data(), end);
  while (p != end && *p == '\t') {
    p = find_control(p + 1, end);
  }
  return static_cast<std::size_t>(p - text.data());
}

bool is_field_value(ByteView text) noexcept {
  return count_value_chars(text) == text.size();
}

bool is_quoted_string(ByteView text) noexcept {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
    return false;
  }
  const ByteView inner = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\') {
      ++i;
      if (i == inner.size()) {
        return false;
      }
    } else if (inner[i] == '"') {
      return false;
    }
    if (!is_quoted_pair_char(inner[i])) {
      return false;
    }
  }
  return true;
}

std::string unquote(ByteView text) {
  const ByteView inner = text.substr(1, text.size() - 2);
  std::string plain;
  plain.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\') {
      ++i;
    }
    plain.push_back(inner[i]);
  }
  return plain;
}

// pct-encoded = "%" HEXDIG HEXDIG (RFC 3986 §2.1)
bool has_whole_escapes(ByteView text) noexcept {
  for (std::size_t at = text.find('%'); at != ByteView::npos; at = text.find('%', at + 3)) {
    if (at + 2 >= text.size() || base::hex_value(text[at + 1]) < 0 ||
        base::hex_value(text[at + 2]) < 0) {
      return false;
    }
  }
  return true;
}

namespace {

bool is_host_char(char c) noexcept {
  return grammar::has(c, grammar::kHostBit);
}

// How much of a reg-name stands at the beginning, of which `size` bytes are known. Out of line: few
// names have escapes.
[[gnu::noinline]] std::size_t escaped_name_size(ByteView text, std::size_t size) noexcept {
  while (size < text.size() && text[size] == '%' && has_whole_escapes(text.substr(size, 3))) {
    size += 3;
    while (size < text.size() && is_host_char(text[size])) {
      ++size;
    }
  }
  return size;
}

}  // namespace

bool is_authority(ByteView text) noexcept {
  std::size_t size = 0;
  if (text.starts_with('[')) {
    size = text.find(']');
    if (size == ByteView::npos) {
      return false;
    }
    const ByteView address = text.substr(1, size - 1);
    if (address.find(':') == ByteView::npos || !base::IpAddress::parse(address)) {
      return false;
    }
    ++size;
  } else {
    while (size < text.size() && is_host_char(text[size])) {
      ++size;
    }
    if (size < text.size() && text[size] == '%') {
      size = escaped_name_size(text, size);
    }
    if (size == 0) {
      return text.empty();
    }
  }
  const ByteView port = text.substr(size);
  return port.empty() || port == ":" ||
         (port.front() == ':' && base::parse_port(port.substr(1)).has_value());
}

ByteView without_port(ByteView authority) noexcept {
  std::size_t size = authority.size();
  while (size > 0 && authority[size - 1] >= '0' && authority[size - 1] <= '9') {
    --size;
  }
  return size > 0 && authority[size - 1] == ':' ? authority.substr(0, size - 1) : authority;
}

}  // namespace wserve::http
