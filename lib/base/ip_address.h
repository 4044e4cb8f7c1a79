// IP addresses and networks as values: what a peer is and which peers are trusted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace wserve::base {

// An IPv4 address is kept in its IPv4-mapped form, so that ::ffff:192.0.2.1 equals 192.0.2.1.
class IpAddress {
 public:
  IpAddress() noexcept = default;  // "::"

  // Dotted decimal or RFC 4291 text; no brackets, no zone, no port.
  [[nodiscard]] static std::optional<IpAddress> parse(ByteView text) noexcept;
  // Network byte order.
  [[nodiscard]] static IpAddress from_v4(const std::array<std::uint8_t, 4>& bytes) noexcept;
  [[nodiscard]] static IpAddress from_v6(const std::array<std::uint8_t, 16>& bytes) noexcept;

  [[nodiscard]] bool is_v4() const noexcept;
  // Canonical: dotted decimal for IPv4 (also mapped), RFC 5952 for IPv6.
  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }

  friend bool operator==(const IpAddress&, const IpAddress&) noexcept = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// A CIDR block, or a single address.
class IpNetwork {
 public:
  // "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"; bits behind the prefix must be zero.
  [[nodiscard]] static std::optional<IpNetwork> parse(ByteView text) noexcept;
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;

 private:
  IpAddress base_;
  unsigned prefix_bits_ = 128;  // of the 128 of the mapped form
};

}  // namespace wserve::base
