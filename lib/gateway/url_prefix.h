// The path below the prefix that the application is mounted at.
#pragma once

#include "base/bytes.h"

namespace wserve::gateway {

// PATH_INFO, a tail of the path: it loses the prefix only when that stands there as whole segments,
// "/foobar" does not begin with "/foo". SCRIPT_NAME is the prefix for every path, because an
// application builds its URLs with it.
[[nodiscard]] base::ByteView path_below(base::ByteView prefix, base::ByteView path) noexcept;

}  // namespace wserve::gateway
