// A small file in one piece.
#pragma once

#include <string>

#include "base/status.h"

namespace wserve::base {

// kSystem names the path and why; kInvalid for a file of more than `most` bytes.
Status read_file(const std::string& path, std::size_t max, std::string& text);

}  // namespace wserve::base
