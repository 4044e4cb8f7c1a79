// Names of statuses, for programs and for people.
#pragma once

#include <wserve/status.h>

#include "base/status.h"

namespace wserve::capi {

[[nodiscard]] const char* name_of(ws_status status) noexcept;

// What to say of a failure that came without a text.
[[nodiscard]] const char* describe(base::Code code) noexcept;

}  // namespace wserve::capi
