// <wserve/fields.h>: unwrap, call, report.
#include <wserve/fields.h>

#include "capi/callbacks.h"
#include "capi/handles.h"
#include "capi/request_call.h"

using wserve::app::Exchange;
using wserve::base::Status;
using wserve::capi::CallbackApp;
using wserve::capi::null_argument;
using wserve::capi::set_hook;
using wserve::capi::unwrap;
using wserve::capi::with;
using wserve::capi::with_answer;
using wserve::server::Server;

ws_status ws_server_on_answer(ws_server* server, ws_answer_fn answer, void* answer_data) {
  return set_hook(server, answer, answer_data, &Server::set_answer_hook);
}

ws_status ws_request_on_answer(ws_request* request, ws_answer_fn answer, void* answer_data,
                               void (*release)(void* answer_data)) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    if (answer == nullptr) {
      return null_argument("answer");
    }
    auto callback = std::make_unique<CallbackApp>(answer, answer_data);
    CallbackApp& hook = *callback;
    Status added = exchange.add_answer_hook(std::move(callback));
    if (added.is_ok()) {
      hook.own(release);
    }
    return added;
  });
}

int64_t ws_request_answer_size(ws_request* request) {
  const auto length = request != nullptr ? unwrap(request).response().body_length() : std::nullopt;
  return length ? static_cast<int64_t>(*length) : -1;
}

int ws_request_status(ws_request* request) {
  return request != nullptr ? unwrap(request).response().status() : 0;
}

const char* ws_request_header(ws_request* request, const char* name) {
  const char* found = nullptr;
  static_cast<void>(with(request, [&](Exchange& exchange) -> Status {
    if (name == nullptr) {
      return null_argument("name");
    }
    found = exchange.find_field(name);
    return {};
  }));
  return found;
}

ws_status ws_request_header_at(ws_request* request, size_t index, const char** name,
                               const char** value) {
  return with(request, [&](Exchange& exchange) -> Status {
    return name != nullptr && value != nullptr ? exchange.field_at(index, *name, *value)
                                               : null_argument(name == nullptr ? "name" : "value");
  });
}

ws_status ws_request_set_header(ws_request* request, const char* name, const char* value) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return name != nullptr && value != nullptr ? exchange.response().set_field(name, value)
                                               : null_argument(name == nullptr ? "name" : "value");
  });
}

ws_status ws_request_remove_header(ws_request* request, const char* name) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return name != nullptr ? exchange.response().remove_field(name) : null_argument("name");
  });
}
