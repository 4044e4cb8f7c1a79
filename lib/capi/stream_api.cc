// <wserve/stream.h>: unwrap, call, report.
#include <algorithm>
#include <limits>

#include <wserve/stream.h>

#include "capi/api_call.h"
#include "capi/callbacks.h"
#include "capi/handles.h"
#include "capi/request_call.h"

using wserve::app::BodyStream;
using wserve::app::Exchange;
using wserve::base::ByteView;
using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;
using wserve::capi::set_hook;
using wserve::capi::unwrap;
using wserve::capi::with;
using wserve::capi::with_answer;
using wserve::server::Server;

ws_status ws_server_on_head(ws_server* server, ws_head_fn head, void* head_data) {
  return set_hook(server, head, head_data, &Server::set_head_hook);
}

ws_status ws_request_limit_body(ws_request* request, uint64_t bytes) {
  return with(request, [&](Exchange& exchange) -> Status { return exchange.limit_body(bytes); });
}

ws_status ws_request_stream_body(ws_request* request) {
  return with(request, [](Exchange& exchange) -> Status { return exchange.stream_body(); });
}

ws_status ws_request_read_some(ws_request* request, void* buffer, size_t capacity, int timeout_ms,
                               size_t* got) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (got == nullptr || (buffer == nullptr && capacity > 0)) {
      return null_argument(got == nullptr ? "got" : "buffer");
    }
    *got = 0;
    if (exchange.is_body_taken()) {
      return wserve::capi::body_is_taken();
    }
    return exchange.read(static_cast<char*>(buffer), capacity, *got,
                         timeout_ms < 0 ? BodyStream::kForever : BodyStream::Wait(timeout_ms));
  });
}

ws_status ws_request_trailer_at(ws_request* request, size_t index, const char** name,
                                const char** value) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (name == nullptr || value == nullptr) {
      return null_argument(name == nullptr ? "name" : "value");
    }
    return exchange.trailer(index, *name, *value);
  });
}

ws_status ws_request_try_write(ws_request* request, const void* data, size_t size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return data != nullptr || size == 0
               ? exchange.try_write(ByteView(static_cast<const char*>(data), size))
               : null_argument("data");
  });
}

uint64_t ws_request_pending(ws_request* request) {
  return request != nullptr ? unwrap(request).pending() : 0;
}

ws_status ws_request_set_mark(ws_request* request, uint64_t bytes) {
  return with(request, [&](Exchange& exchange) -> Status {
    constexpr uint64_t kMax = std::numeric_limits<std::size_t>::max();
    exchange.set_mark(static_cast<std::size_t>(std::min(bytes, kMax)));
    return {};
  });
}

int ws_request_event_fd(ws_request* request) {
  int fd = -1;
  static_cast<void>(
      with(request, [&](Exchange& exchange) -> Status { return exchange.open_signal(fd); }));
  return fd;
}
