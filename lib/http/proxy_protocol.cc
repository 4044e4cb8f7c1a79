// Version 1 is a line, version 2 a block of bytes; both are read strictly, and whole or not at all.
#include "http/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <span>

namespace wserve::http {

namespace {

using Progress = ProxyVerdict::Progress;
using Source = ProxyPreface::Source;

constexpr ByteView kLineStart = "PROXY";
constexpr std::size_t kMostLineBytes = 107;  // with CRLF
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
  const std::size_t end = bytes.substr(0, kMostLineBytes).find_first_of(ByteView("\r\n\0", 3));
  if (end == ByteView::npos) {
    return bytes.size() < kMostLineBytes ? needs_more() : refused("the line is too long");
  }
  if (bytes[end] == '\r' && end + 1 == bytes.size() && bytes.size() < kMostLineBytes) {
    return needs_more();
  }
  if (bytes.substr(end, 2) != "\r\n" || end + 2 > kMostLineBytes) {
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

unsigned byte_at(ByteView bytes, std::size_t place) noexcept {
  return static_cast<unsigned char>(bytes[place]);
}

std::uint16_t number_at(ByteView bytes, std::size_t place) noexcept {
  return static_cast<std::uint16_t>(byte_at(bytes, place) << 8 | byte_at(bytes, place + 1));
}

std::uint32_t long_number_at(ByteView bytes, std::size_t place) noexcept {
  return static_cast<std::uint32_t>(number_at(bytes, place)) << 16 | number_at(bytes, place + 2);
}

template <std::size_t Size>
std::array<std::uint8_t, Size> address_at(ByteView bytes, std::size_t place) noexcept {
  std::array<std::uint8_t, Size> address{};
  std::transform(bytes.begin() + static_cast<std::ptrdiff_t>(place),
                 bytes.begin() + static_cast<std::ptrdiff_t>(place + Size), address.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return address;
}

// RFC 3720 §12.1; `skip` are four bytes that count as zero.
std::uint32_t crc32c(ByteView bytes, std::size_t skip) noexcept {
  std::uint32_t sum = 0xffffffff;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum ^= i >= skip && i < skip + 4 ? 0 : byte_at(bytes, i);
    for (int bit = 0; bit < 8; ++bit) {
      sum = sum >> 1 ^ ((sum & 1) != 0 ? 0x82f63b78 : 0);
    }
  }
  return ~sum;
}

struct TlvName {
  unsigned type;
  const char* name;
  bool is_text;
};
constexpr std::array kTlvNames = {
    TlvName{0x01, "alpn", true},
    TlvName{0x02, "authority", true},
    TlvName{0x05, "unique_id", false},
    TlvName{0x30, "netns", true},
};
constexpr std::array kSslTlvNames = {
    TlvName{0x21, "ssl_version", true}, TlvName{0x22, "ssl_cn", true},
    TlvName{0x23, "ssl_cipher", true},  TlvName{0x24, "ssl_sig_alg", true},
    TlvName{0x25, "ssl_key_alg", true},
};

constexpr unsigned kCrc32c = 0x03;
constexpr unsigned kNoop = 0x04;
constexpr unsigned kSsl = 0x20;
constexpr std::size_t kSslFixedBytes = 5;  // client flags, verification
constexpr unsigned kSslClient = 0x01;

std::string hexadecimal(ByteView bytes) {
  constexpr ByteView kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += kDigits[byte_at(bytes, i) >> 4];
    text += kDigits[byte_at(bytes, i) & 15];
  }
  return text;
}

bool is_plain(ByteView text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

ProxyTlv make_tlv(std::span<const TlvName> names, unsigned type, ByteView value) {
  const auto* known = std::find_if(names.data(), names.data() + names.size(),
                                   [type](const TlvName& name) { return name.type == type; });
  const bool is_known = known != names.data() + names.size();
  const char byte = static_cast<char>(type);
  std::string name = is_known ? known->name : "0x" + hexadecimal({&byte, 1});
  const bool is_text = is_known && known->is_text && is_plain(value);
  return {std::move(name), is_text ? std::string(value) : hexadecimal(value)};
}

// Reads the extensions of one header.
class TlvReader {
 public:
  TlvReader(ByteView header, ProxyPreface& preface) : header_(header), preface_(preface) {}

  // Null, or what is wrong.
  const char* read(std::size_t begin) {
    return for_each(header_.substr(begin), [this](unsigned type, ByteView value) -> const char* {
      switch (type) {
        case kCrc32c:
          return check(value);
        case kNoop:
          return nullptr;
        case kSsl:
          return read_ssl(value);
        default:
          preface_.tlvs.push_back(make_tlv(kTlvNames, type, value));
          return nullptr;
      }
    });
  }

 private:
  template <typename Take>
  static const char* for_each(ByteView rest, Take&& take) {
    while (!rest.empty()) {
      if (rest.size() < 3 || rest.size() - 3 < number_at(rest, 1)) {
        return "an extension does not end inside the header";
      }
      const std::size_t size = number_at(rest, 1);
      if (const char* why = take(byte_at(rest, 0), rest.substr(3, size)); why != nullptr) {
        return why;
      }
      rest.remove_prefix(3 + size);
    }
    return nullptr;
  }

  const char* check(ByteView value) const noexcept {
    const auto place = static_cast<std::size_t>(value.data() - header_.data());
    const bool is_right = value.size() == 4 && crc32c(header_, place) == long_number_at(value, 0);
    return is_right ? nullptr : "the checksum is wrong";
  }

  const char* read_ssl(ByteView value) {
    if (value.size() < kSslFixedBytes) {
      return "the SSL extension is too short";
    }
    preface_.is_tls = (byte_at(value, 0) & kSslClient) != 0;
    preface_.tlvs.push_back({"ssl_client", std::to_string(byte_at(value, 0))});
    preface_.tlvs.push_back({"ssl_verify", std::to_string(long_number_at(value, 1))});
    return for_each(value.substr(kSslFixedBytes),
                    [this](unsigned type, ByteView inner) -> const char* {
                      preface_.tlvs.push_back(make_tlv(kSslTlvNames, type, inner));
                      return nullptr;
                    });
  }

  const ByteView header_;
  ProxyPreface& preface_;
};

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
  return TlvReader(header, preface).read(end);
}

ProxyVerdict read_version_2(ByteView bytes, ProxyPreface& preface) {
  if (bytes.size() < kFixedBytes) {
    return needs_more();
  }
  const unsigned command = byte_at(bytes, 12);
  if (command != kLocalCommand && command != kProxyCommand) {
    return refused("the version is not 2, or the command neither LOCAL nor PROXY");
  }
  const std::size_t size = kFixedBytes + number_at(bytes, 14);
  if (size > kMostPrefaceBytes) {
    return refused("the header is too long");
  }
  // LOCAL: whatever follows is to be ignored.
  const char* why = command == kProxyCommand ? read_ends(bytes, size, preface) : nullptr;
  if (why != nullptr) {
    return refused(why);
  }
  return bytes.size() < size ? needs_more() : ProxyVerdict{Progress::kReady, size, nullptr};
}

}  // namespace

ProxyVerdict read_proxy_preface(ByteView bytes, ProxyPreface& preface) {
  preface = {};
  const auto begins_as = [bytes](ByteView start) {
    const std::size_t size = std::min(bytes.size(), start.size());
    return bytes.substr(0, size) == start.substr(0, size);
  };
  if (bytes.empty()) {
    return needs_more();
  }
  if (begins_as(kSignature)) {
    return bytes.size() < kSignature.size() ? needs_more() : read_version_2(bytes, preface);
  }
  return begins_as("PROXY ") ? read_version_1(bytes, preface)
                             : refused("it begins with neither version's signature");
}

}  // namespace wserve::http
