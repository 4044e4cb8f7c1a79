// <wserve/encode.h>: unwrap, call, report.
#include <wserve/encode.h>

#include "capi/callbacks.h"
#include "capi/request_call.h"

using wserve::app::Encoder;
using wserve::app::Exchange;
using wserve::base::ByteView;
using wserve::base::Code;
using wserve::base::Status;
using wserve::capi::CallbackEncoder;
using wserve::capi::null_argument;
using wserve::capi::with_answer;

ws_status ws_request_encode_body(ws_request* request, ws_encode_fn encode, void* encoder_data,
                                 void (*release)(void* encoder_data)) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    if (encode == nullptr) {
      return null_argument("encode");
    }
    auto made = std::make_unique<CallbackEncoder>(exchange, encode, encoder_data);
    CallbackEncoder& callback = *made;
    std::unique_ptr<Encoder> encoder = std::move(made);
    Status added = exchange.response().add_encoder(encoder);
    if (added.is_ok()) {
      callback.own(release);
    }
    return added;
  });
}

ws_status ws_request_put_encoded(ws_request* request, const void* data, size_t size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return data != nullptr || size == 0
               ? exchange.response().put_encoded(ByteView(static_cast<const char*>(data), size))
               : null_argument("data");
  });
}
