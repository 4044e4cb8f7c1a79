// The complete response to a request that is not served.
#pragma once

#include <string>

#include "http/http_date.h"
#include "http/refusal.h"

namespace wserve::http {

// RFC 9110 §10.2.3: when to try again after a 503.
inline constexpr base::ByteView kRetryAfterSeconds = "10";

struct ErrorPage {
  int minor_version = 1;  // of the status line
  bool has_body = true;   // false for HEAD: same head, no body
  base::ByteView ident;   // Server; empty for none
  HttpDate::Text date{};
};

// Status line, fields and a short text/plain body that repeats nothing of the request. The
// connection closes behind it.
[[nodiscard]] std::string render_error_page(const Refusal& refusal, const ErrorPage& page);

// The body alone: REASON, DETAIL and who made it, CRLF between.
[[nodiscard]] std::string render_error_body(const Refusal& refusal, base::ByteView ident);

}  // namespace wserve::http
