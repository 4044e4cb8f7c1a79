// The complete response to a request that is not served.
#pragma once

#include <string>

#include "base/byte_buffer.h"
#include "http/http_date.h"
#include "http/refusal.h"
#include "http/site_pages.h"

namespace wserve::http {

// Of what the server says on its own.
inline constexpr base::ByteView kPlainText = "text/plain; charset=utf-8";

// RFC 9110 §10.2.3: when to try again after a 503.
inline constexpr base::ByteView kRetryAfterSeconds = "10";

struct ErrorPage {
  int minor_version = 1;            // of the status line
  bool has_body = true;             // false for HEAD: same head, no body
  base::ByteView ident;             // Server; empty for none
  const SitePages* site = nullptr;  // whose pages go before; null for none
  HttpDate::Text date{};
};

struct PageContent {
  base::ByteView type;
  std::size_t size = 0;
  HttpDate::Text date{};
};

// The head of a page of the server's own, behind which the connection closes. Further fields and
// end_head() follow.
void begin_page(base::ByteBuffer& head, int minor_version, int status, const PageContent& content);

// Status line, fields and the site's page, or a short text/plain body that repeats nothing of the
// request. The connection closes behind it.
[[nodiscard]] std::string render_error_page(const Refusal& refusal, const ErrorPage& page);

// The body alone: REASON, DETAIL and who made it, CRLF between.
[[nodiscard]] std::string render_error_body(const Refusal& refusal, base::ByteView ident);

}  // namespace wserve::http
