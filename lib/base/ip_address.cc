// Reading and writing IP addresses, and the test whether a network holds one.
#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace wserve::base {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// inet_pton wants a NUL; no address text is longer than this.
constexpr std::size_t kMaxText = 45;
// The decimal digits of a byte.
constexpr std::size_t kMaxOctet = 3;

bool has_only_zero_bits_after(const IpAddress& address, unsigned prefix_bits) noexcept {
  for (unsigned bit = prefix_bits; bit < 128; ++bit) {
    if ((address.bytes()[bit / 8] & (0x80u >> (bit % 8))) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(ByteView text) noexcept {
  std::array<char, kMaxText + 1> buffer{};
  if (text.size() > kMaxText || text.find('\0') != ByteView::npos) {
    return std::nullopt;
  }
  std::copy(text.begin(), text.end(), buffer.begin());
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, buffer.data(), v4.data()) == 1) {
    return from_v4(v4);
  }
  std::array<std::uint8_t, 16> v6{};
  if (::inet_pton(AF_INET6, buffer.data(), v6.data()) == 1) {
    return from_v6(v6);
  }
  return std::nullopt;
}

IpAddress IpAddress::from_v4(const std::array<std::uint8_t, 4>& bytes) noexcept {
  IpAddress address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin() + 12);
  return address;
}

IpAddress IpAddress::from_v6(const std::array<std::uint8_t, 16>& bytes) noexcept {
  IpAddress address;
  address.bytes_ = bytes;
  return address;
}

bool IpAddress::is_v4() const noexcept {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

std::string IpAddress::to_text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!is_v4()) {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    return text.data();
  }
  // Every request over IPv4 asks for this, and inet_ntop() takes a thousand instructions.
  char* end = text.data();
  for (std::size_t i = 12; i < bytes_.size(); ++i) {
    end = std::to_chars(end, end + kMaxOctet, static_cast<unsigned>(bytes_[i])).ptr;
    *end++ = '.';
  }
  return {text.data(), end - 1};
}

std::optional<IpNetwork> IpNetwork::parse(ByteView text) noexcept {
  const std::size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) {
    return std::nullopt;
  }
  IpNetwork network;
  network.base_ = *base;
  if (slash == ByteView::npos) {
    return network;
  }
  const bool dotted = text.find(':') == ByteView::npos;
  std::uint64_t bits = 0;
  if (parse_digits(text.substr(slash + 1), bits) != NumberError::kNone ||
      bits > (dotted ? 32u : 128u)) {
    return std::nullopt;
  }
  network.prefix_bits_ = static_cast<unsigned>(bits) + (dotted ? 96u : 0u);
  if (!has_only_zero_bits_after(*base, network.prefix_bits_)) {
    return std::nullopt;
  }
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const noexcept {
  const unsigned whole_bytes = prefix_bits_ / 8;
  const auto& mine = base_.bytes();
  const auto& theirs = address.bytes();
  if (!std::equal(mine.begin(), mine.begin() + whole_bytes, theirs.begin())) {
    return false;
  }
  const unsigned rest_bits = prefix_bits_ % 8;
  const auto mask = static_cast<std::uint8_t>(0xff00u >> rest_bits);
  return rest_bits == 0 || ((mine[whole_bytes] ^ theirs[whole_bytes]) & mask) == 0;
}

}  // namespace wserve::base
