// The text of a request that is made up, for the parser to read.
#pragma once

#include <string>

#include "base/bytes.h"

namespace wserve::http {

// GET / with these field lines, which end with any line end, and a Host when they have none.
[[nodiscard]] std::string make_request_head(base::ByteView fields);

}  // namespace wserve::http
