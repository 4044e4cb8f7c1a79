// Dates of HTTP, for applications.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"

namespace wserve::form {

// With a NUL behind it. kInvalid for a time that has no date, kTooBig when it does not fit.
base::Status write_date(std::int64_t seconds, char* to, std::size_t capacity);
// kInvalid for what is none. `now` decides about years of two digits.
base::Status read_date(base::ByteView text, std::int64_t now, std::int64_t& seconds);

}  // namespace wserve::form
