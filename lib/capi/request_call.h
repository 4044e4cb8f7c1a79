// The frame around the functions of the C interface that take a request.
#pragma once

#include <utility>

#include "capi/api_call.h"
#include "capi/handles.h"

namespace wserve::capi {

// Runs `body` with the exchange behind the handle.
template <typename Body>
ws_status with(ws_request* request, Body&& body) {
  return api_call([&]() -> base::Status {
    return request != nullptr ? body(unwrap(request)) : null_argument("request");
  });
}

// The same for what leads to an answer, which is not for a child of the process to give: it shares
// the connection with its parent.
template <typename Body>
ws_status with_answer(ws_request* request, Body&& body) {
  return with(request, [&](app::Exchange& exchange) -> base::Status {
    return exchange.is_here() ? body(exchange)
                              : base::Status{base::Code::kState,
                                             "the request belongs to the parent of this process"};
  });
}

// For who would read bytes that the parts of a form are made of.
[[nodiscard]] inline base::Status body_is_taken() {
  return {base::Code::kState, "the body is read by ws_multipart_next()"};
}

}  // namespace wserve::capi
