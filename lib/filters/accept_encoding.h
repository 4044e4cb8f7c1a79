// What codings a client takes, and which it likes best (RFC 9110 §12.5.3).
#pragma once

#include <span>
#include <string_view>

#include "filters/coder.h"

namespace wserve::filters {

// The coding that the client likes best, of those that it likes equally the first; null when it
// takes none of them, or rather has the body as it is.
[[nodiscard]] const Coding* choose_coding(std::string_view accepted,
                                          std::span<const Coding* const> codings) noexcept;

}  // namespace wserve::filters
