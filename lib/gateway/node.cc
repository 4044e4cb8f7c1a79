// Reads hops without ever taking an IPv6 address apart at its colons.
#include "gateway/node.h"

#include <algorithm>
#include <array>

#include "base/ip_address.h"

namespace wserve::gateway {

namespace {

using base::ByteView;

// What names and addresses are made of, and what follows "_" (RFC 7239 §6): by table, because
// nearly every request behind a proxy brings one.
constexpr std::array<bool, 256> kNameChars = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 0x80; ++c) {
    const char text = static_cast<char>(c);
    table[c] =
        base::is_alpha(text) || base::is_digit(text) || text == '.' || text == '_' || text == '-';
  }
  return table;
}();

bool is_name(ByteView text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kNameChars[static_cast<unsigned char>(c)];
  });
}

// node-port = port / obfport (RFC 7239 §6)
bool is_port(ByteView text) noexcept {
  return base::parse_port(text).has_value() || (text.starts_with('_') && is_name(text));
}

std::optional<Node> with_port(ByteView name, ByteView after_name) noexcept {
  if (after_name.empty()) {
    return Node{name, {}};
  }
  if (after_name.front() != ':' || !is_port(after_name.substr(1))) {
    return std::nullopt;
  }
  return Node{name, after_name.substr(1)};
}

// Cuts the zone off an IPv6 address; false when it is none.
bool take_v6(ByteView& text) noexcept {
  const std::size_t zone = text.find('%');
  const auto is_zone_char = [](char c) {
    return kNameChars[static_cast<unsigned char>(c)] || c == '~' || c == '%' || c == ':';
  };
  if (zone != ByteView::npos) {
    const ByteView name = text.substr(zone + 1);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_zone_char)) {
      return false;
    }
    text = text.substr(0, zone);
  }
  return text.find(':') != ByteView::npos && base::IpAddress::parse(text).has_value();
}

}  // namespace

std::optional<Node> parse_node(ByteView text) noexcept {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    ByteView address = text.substr(0, close).substr(1);
    if (close == ByteView::npos || !take_v6(address)) {
      return std::nullopt;
    }
    return with_port(address, text.substr(close + 1));
  }
  if (text == kUnixNode) {
    return Node{text.substr(0, text.size() - 1), {}};
  }
  const std::size_t colon = text.find(':');
  if (colon != text.rfind(':')) {
    return take_v6(text) ? std::optional(Node{text, {}}) : std::nullopt;
  }
  const ByteView name = text.substr(0, colon);
  return is_name(name) ? with_port(name, text.substr(name.size())) : std::nullopt;
}

}  // namespace wserve::gateway
