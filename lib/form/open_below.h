// Opens a file below a folder, and nothing else.
#pragma once

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace wserve::form {

// What of a path is walked through: no link is followed, "." and ".." are no names, and what is no
// regular file is never opened. Returns 0, or an errno value: EISDIR for a folder, ENOENT for what
// is neither.
[[nodiscard]] int open_below(int folder, base::ByteView path, base::UniqueFd& file) noexcept;

}  // namespace wserve::form
