// Reason phrases (RFC 9110 §15), and the answer that is always the same.
#pragma once

#include "base/bytes.h"

namespace wserve::http {

// "Not Found" for 404; empty for a status without a registered phrase.
[[nodiscard]] base::ByteView status_text(int status) noexcept;

// The interim answer that asks for the body (RFC 9110 §10.1.1, §15.2.1).
inline constexpr base::ByteView kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace wserve::http
