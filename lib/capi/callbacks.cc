// Calling out to C, what it returns, and ws_next_call().
#include "capi/callbacks.h"

#include "capi/request_call.h"

namespace wserve::capi {

using base::Code;
using base::Status;

namespace {

// A failure's text is what the callback's last call has left, if that failed.
Status to_status(ws_status result) {
  if (result == WS_OK) {
    return {};
  }
  const bool has_text = *last_error() != '\0';
  return {static_cast<Code>(result), has_text ? last_error() : ws_status_name(result)};
}

}  // namespace

Status CallbackApp::handle(app::Exchange& exchange) {
  clear_last_error();
  return to_status(app_(wrap(exchange), data_.get()));
}

Status CallbackFilter::handle(app::Exchange& exchange, app::Application& next) {
  clear_last_error();
  ws_next handle{next};
  return to_status(filter_(wrap(exchange), &handle, data_));
}

Status CallbackEncoder::encode(base::ByteView data, app::EncodeStep step) {
  clear_last_error();
  return to_status(callback_(wrap(exchange_), data.data(), data.size(),
                             static_cast<ws_encode_step>(step), data_.get()));
}

ws_status set_hook(ws_server* server, ws_app_fn hook, void* data,
                   Status (server::Server::*set)(std::unique_ptr<app::Application>)) {
  return api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    return (*server->server.*set)(hook != nullptr ? std::make_unique<CallbackApp>(hook, data)
                                                  : nullptr);
  });
}

}  // namespace wserve::capi

ws_status ws_next_call(ws_next* next, ws_request* request) {
  using namespace wserve::capi;  // NOLINT(google-build-using-namespace)
  return with_answer(request, [&](wserve::app::Exchange& exchange) -> wserve::base::Status {
    return next != nullptr ? next->application.handle(exchange) : null_argument("next");
  });
}
