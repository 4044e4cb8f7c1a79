// The name of a file that was sent, as one that may be used here.
#pragma once

#include <string>

#include "base/bytes.h"

namespace wserve::form {

// What stands behind the last slash or backslash, with "_" for each character that is not for the
// name of a file. Never empty, "." or "..", at most kMaxNameBytes long.
inline constexpr std::size_t kMaxNameBytes = 200;
[[nodiscard]] std::string safe_file_name(base::ByteView name);

}  // namespace wserve::form
