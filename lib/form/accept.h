// The choice that a client leaves: Accept, Accept-Language, Accept-Encoding (RFC 9110 §12.5).
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace wserve::form {

using base::ByteView;

inline constexpr int kNoOffer = -1;

// The numbers are those of ws_accept.
enum class Accept : std::uint8_t { kType, kLanguage, kEncoding };

// The index of the offer to take, or kNoOffer. `value` is null where there is no field. The time is
// that for the value's bytes times the offers.
[[nodiscard]] int choose(Accept accept, const char* value, std::span<const char* const> offers);

}  // namespace wserve::form
