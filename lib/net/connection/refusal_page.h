// The answer to a request that came in badly, or too slowly.
#pragma once

#include <string>

#include "app/service.h"
#include "http/http_date.h"
#include "http/refusal.h"
#include "net/connection/incoming_request.h"

namespace wserve::net {

// In the request's own version when that is known, and without a body for HEAD.
[[nodiscard]] std::string render_refusal(const http::Refusal& refusal, IncomingRequest& incoming,
                                         const app::Service& service,
                                         const http::HttpDate::Text& date);

}  // namespace wserve::net
