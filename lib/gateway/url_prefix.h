// The path below the prefix that the application is mounted at.
#pragma once

#include "base/bytes.h"

namespace wserve::gateway {

// The prefix stands in front of the path as whole segments: "/foobar" is not below "/foo".
[[nodiscard]] bool is_below(base::ByteView prefix, base::ByteView path) noexcept;

// PATH_INFO, a tail of the path: without the prefix when it is below it, and then without more than
// one leading slash. SCRIPT_NAME is the prefix for every path, because an application builds its
// URLs with it.
[[nodiscard]] base::ByteView path_below(base::ByteView prefix, base::ByteView path) noexcept;

}  // namespace wserve::gateway
