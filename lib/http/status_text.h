// Reason phrases (RFC 9110 §15).
#pragma once

#include "base/bytes.h"

namespace wserve::http {

// "Not Found" for 404; empty for a status without a registered phrase.
[[nodiscard]] base::ByteView status_text(int status) noexcept;

}  // namespace wserve::http
