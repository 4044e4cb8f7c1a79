// Whether sendfile(2) can read what a descriptor stands for.
#pragma once

#include <cstdint>

#include "base/status.h"

namespace wserve::base {

// kInvalid with what it is for a folder, a pipe, a socket and a descriptor that cannot be read;
// and when a regular file ends before `offset` + `size`. Devices have no end that is known.
[[nodiscard]] Status check_sendable(int fd, std::uint64_t offset, std::uint64_t size);

}  // namespace wserve::base
