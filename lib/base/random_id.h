// Names that nobody else has.
#pragma once

#include <cstddef>
#include <span>

namespace wserve::base {

inline constexpr std::size_t kRandomIdSize = 32;

// 128 random bits in hexadecimal digits. No lock, and not for secrets. False when the system has
// none to give.
[[nodiscard]] bool make_random_id(std::span<char, kRandomIdSize> to) noexcept;

}  // namespace wserve::base
