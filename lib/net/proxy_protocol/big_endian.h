// Numbers in network byte order. Their bytes must be there.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace wserve::net {

inline unsigned byte_at(base::ByteView bytes, std::size_t place) noexcept {
  return static_cast<unsigned char>(bytes[place]);
}

inline std::uint16_t number_at(base::ByteView bytes, std::size_t place) noexcept {
  return static_cast<std::uint16_t>(byte_at(bytes, place) << 8 | byte_at(bytes, place + 1));
}

inline std::uint32_t long_number_at(base::ByteView bytes, std::size_t place) noexcept {
  return static_cast<std::uint32_t>(number_at(bytes, place)) << 16 | number_at(bytes, place + 2);
}

}  // namespace wserve::net
