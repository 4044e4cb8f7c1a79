// Version 1 is a line, version 2 a block of bytes; both are read strictly, and whole or not at all.
#include "net/proxy_protocol/proxy_header.h"

#include <algorithm>
#include <array>

#include "net/proxy_protocol/big_endian.h"
#include "net/proxy_protocol/proxy_tlvs.h"

namespace wserve::net {

namespace {

using Progress = ProxyVerdict::Progress;
using Source = ProxyPreface::Source;

constexpr ByteView kLineStart = "PROXY";
constexpr std::size_t kMaxLineBytes = kPrefaceStartBytes;  // with CRLF
constexpr ByteView kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedBytes = 16;
constexpr unsigned kLocalCommand = 0x20;
constexpr unsigned kProxyCommand = 0x21;

ProxyVerdict refused(const char* why) noexcept {
  return {Progress::kRefused, 0, why};
}

ProxyVerdict needs_more() noexcept {
  return {};
}

// -- version 1

// As RFC 6943 would have it: one spelling only. No leading zeros, no zone.
bool read_address(ByteView text, bool is_v4, base::IpAddress& address) {
  const auto parsed = base::IpAddress::parse(text);
  const bool has_zero = is_v4 && parsed && parsed->to_text() != text;
  if (!parsed || has_zero || (text.find(':') == ByteView::npos) != is_v4) {
    return false;
  }
  address = *parsed;
  return true;
}

bool read_port(ByteView text, std::uint16_t& port) noexcept {
  const auto parsed = base::parse_port(text);
  if (!parsed || (text.size() > 1 && text.starts_with('0'))) {
    return false;
  }
  port = *parsed;
  return true;
}

// What stands between "PROXY " and CRLF. Null, or what is wrong.
const char* read_line(ByteView line, ProxyPreface& preface) {
  const ByteView family = base::take_until(line, ' ');
  if (family == "UNKNOWN") {
    return nullptr;
  }
  if (family != "TCP4" && family != "TCP6") {
    return "the family is none of TCP4, TCP6 and UNKNOWN";
  }
  const bool is_v4 = family == "TCP4";
  const bool ends_with_blank = line.ends_with(' ');
  std::array<ByteView, 4> words;
  for (ByteView& word : words) {
    word = base::take_until(line, ' ');
  }
  if (!line.empty() || ends_with_blank) {
    return "there must be two addresses and two ports";
  }
  if (!read_address(words[0], is_v4, preface.client) ||
      !read_address(words[1], is_v4, preface.server)) {
    return "an address is malformed, or not of the family";
  }
  if (!read_port(words[2], preface.client_port) || !read_port(words[3], preface.server_port)) {
    return "a port is malformed";
  }
  preface.source = Source::kInet;
  return nullptr;
}

ProxyVerdict read_version_1(ByteView bytes, ProxyPreface& preface) {
  const std::size_t end = bytes.substr(0, kMaxLineBytes).find_first_of(ByteView("\r\n\0", 3));
  if (end == ByteView::npos) {
    return bytes.size() < kMaxLineBytes ? needs_more() : refused("the line is too long");
  }
  if (bytes[end] == '\r' && end + 1 == bytes.size() && bytes.size() < kMaxLineBytes) {
    return needs_more();
  }
  if (bytes.substr(end, 2) != "\r\n" || end + 2 > kMaxLineBytes) {
    return refused("the line does not end with CR LF");
  }
  ByteView line = bytes.substr(0, end);
  if (base::take_until(line, ' ') != kLineStart) {
    return refused("the line does not begin with \"PROXY \"");
  }
  const char* why = read_line(line, preface);
  return why != nullptr ? refused(why) : ProxyVerdict{Progress::kReady, end + 2, nullptr};
}

// -- version 2

template <std::size_t Size>
std::array<std::uint8_t, Size> address_at(ByteView bytes, std::size_t place) noexcept {
  std::array<std::uint8_t, Size> address{};
  std::transform(bytes.begin() + static_cast<std::ptrdiff_t>(place),
                 bytes.begin() + static_cast<std::ptrdiff_t>(place + Size), address.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return address;
}

// How many bytes the addresses of a family have; 0 when they are to be skipped, -1 for no family.
int address_bytes(unsigned family_and_protocol) noexcept {
  switch (family_and_protocol) {
    case 0x11:
      return 12;
    case 0x21:
      return 36;
    case 0x31:
      return 216;
    case 0x00:
    case 0x12:
    case 0x22:
    case 0x32:
      return 0;  // UNSPEC, and datagrams, which cannot be meant
    default:
      return -1;
  }
}

void take_addresses(ByteView header, unsigned family, ProxyPreface& preface) {
  if (family == 0x11) {
    preface.source = Source::kInet;
    preface.client = base::IpAddress::from_v4(address_at<4>(header, 16));
    preface.server = base::IpAddress::from_v4(address_at<4>(header, 20));
    preface.client_port = number_at(header, 24);
    preface.server_port = number_at(header, 26);
  } else if (family == 0x21) {
    preface.source = Source::kInet;
    preface.client = base::IpAddress::from_v6(address_at<16>(header, 16));
    preface.server = base::IpAddress::from_v6(address_at<16>(header, 32));
    preface.client_port = number_at(header, 48);
    preface.server_port = number_at(header, 50);
  } else {
    preface.source = Source::kUnix;
  }
}

// Null, or what is wrong; `preface` is filled once all `size` bytes are there.
const char* read_ends(ByteView bytes, std::size_t size, ProxyPreface& preface) {
  const unsigned family = byte_at(bytes, 13);
  const int addresses = address_bytes(family);
  if (addresses < 0) {
    return "there is no such address family or protocol";
  }
  const std::size_t end = kFixedBytes + static_cast<std::size_t>(addresses);
  if (size < end) {
    return "the header is too short for its addresses";
  }
  if (bytes.size() < size || addresses == 0) {
    return nullptr;
  }
  const ByteView header = bytes.substr(0, size);
  take_addresses(header, family, preface);
  return read_proxy_tlvs(header, end, preface);
}

ProxyVerdict read_version_2(ByteView bytes, std::size_t max_bytes, ProxyPreface& preface) {
  if (bytes.size() < kFixedBytes) {
    return needs_more();
  }
  const unsigned command = byte_at(bytes, 12);
  if (command != kLocalCommand && command != kProxyCommand) {
    return refused("the version is not 2, or the command neither LOCAL nor PROXY");
  }
  const std::size_t size = kFixedBytes + number_at(bytes, 14);
  if (size > max_bytes) {
    return refused("the header is longer than max_proxy_protocol_header");
  }
  // LOCAL: whatever follows is to be ignored.
  const char* why = command == kProxyCommand ? read_ends(bytes, size, preface) : nullptr;
  if (why != nullptr) {
    return refused(why);
  }
  return {bytes.size() < size ? Progress::kNeedsMore : Progress::kReady, size, nullptr};
}

}  // namespace

ProxyVerdict read_proxy_preface(ByteView bytes, ProxyPreface& preface, std::size_t max_bytes) {
  preface = {};
  const auto begins_as = [bytes](ByteView start) {
    const std::size_t size = std::min(bytes.size(), start.size());
    return bytes.substr(0, size) == start.substr(0, size);
  };
  if (bytes.empty()) {
    return needs_more();
  }
  if (begins_as(kSignature)) {
    return bytes.size() < kSignature.size() ? needs_more()
                                            : read_version_2(bytes, max_bytes, preface);
  }
  return begins_as("PROXY ") ? read_version_1(bytes, preface)
                             : refused("it begins with neither version's signature");
}

}  // namespace wserve::net
