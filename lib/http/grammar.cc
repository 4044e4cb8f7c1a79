// Checks of whole texts against the HTTP grammar; each is linear in its input.
#include "http/grammar.h"

#include <algorithm>

#include "base/ip_address.h"

namespace wserve::http {

namespace {

bool is_quoted_pair_char(char c) noexcept {
  return grammar::has(c, grammar::kValueBit);
}

// RFC 3986 §3.2.2 reg-name and IPv4address in one: unreserved, pct-encoded, sub-delims.
bool is_host_name_char(char c) noexcept {
  return base::is_digit(c) || base::is_alpha(c) ||
         ByteView("-._~%!$&'()*+,;=").find(c) != ByteView::npos;
}

}  // namespace

bool is_token(ByteView text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(ByteView text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return grammar::has(c, grammar::kValueBit); });
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

bool is_authority(ByteView text) noexcept {
  ByteView port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == ByteView::npos) {
      return false;
    }
    const ByteView address = text.substr(1, close - 1);
    if (address.find(':') == ByteView::npos || !base::IpAddress::parse(address)) {
      return false;
    }
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    const ByteView name = text.substr(0, colon);
    if (!std::all_of(name.begin(), name.end(), is_host_name_char)) {
      return false;
    }
    if (name.empty() && !text.empty()) {
      return false;
    }
    port = text.substr(name.size());
  }
  if (port.empty() || port == ":") {
    return true;
  }
  return port.front() == ':' && base::parse_port(port.substr(1)).has_value();
}

}  // namespace wserve::http
