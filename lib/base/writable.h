// Whether something can be written to, before it is.
#pragma once

#include <string>

#include "base/status.h"

namespace wserve::base {

// kSystem when the descriptor is not open, kInvalid when it was opened for reading only. `name` is
// what the message begins with.
[[nodiscard]] Status check_writable(int fd, const std::string& name);

// 0 when this process may make files in the folder, else an error number. Makes nothing.
[[nodiscard]] int try_folder(const std::string& folder) noexcept;
// The same for the folder that a file is in, or would be.
[[nodiscard]] int try_folder_of(const std::string& path);
// The same for a file that open(2) would make, which follows links to where nothing is.
[[nodiscard]] int try_to_make(const std::string& path);

}  // namespace wserve::base
