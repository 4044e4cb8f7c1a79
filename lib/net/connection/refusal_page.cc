// What the error page must know of the refused request.
#include "net/connection/refusal_page.h"

#include "http/error_page.h"

namespace wserve::net {

std::string render_refusal(const http::Refusal& refusal, IncomingRequest& incoming,
                           const app::Service& service, const http::HttpDate::Text& date) {
  const http::Request& request = incoming.exchange->request();
  return http::render_error_page(
      refusal, {.minor_version = incoming.parser.knows_version() ? request.minor_version : 0,
                .has_body = request.method != "HEAD",
                .ident = service.site.ident,
                .site = &service.pages,
                .date = date});
}

}  // namespace wserve::net
