// Splits a path at the prefix that the application is mounted at.
#pragma once

#include "base/bytes.h"

namespace wserve::gateway {

struct SplitPath {
  base::ByteView script_name;
  base::ByteView path_info;  // a tail of the path
};

// SCRIPT_NAME is the prefix for every path (an application builds its URLs with it); PATH_INFO
// loses the prefix only when it stands there as whole segments: "/foobar" does not begin with
// "/foo".
[[nodiscard]] SplitPath split_prefix(base::ByteView path, base::ByteView prefix) noexcept;

}  // namespace wserve::gateway
