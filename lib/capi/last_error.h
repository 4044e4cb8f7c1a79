// The text behind ws_last_error(): the library's one static state, one per thread.
#pragma once

#include <string_view>

#include "base/status.h"

namespace wserve::capi {

// Remembers the message of a failure as one line, see base::printable(). What is
// longer loses its end.
void set_last_error(const base::Status& status) noexcept;
void clear_last_error() noexcept;
[[nodiscard]] const char* last_error() noexcept;

}  // namespace wserve::capi
