// From an exchange to the callbacks of a C program, and ws_next_call().
#include "capi/api_call.h"
#include "capi/handles.h"

namespace wserve::capi {

using base::Code;
using base::Status;

Status Callbacks::handle(app::Exchange& exchange) {
  clear_last_error();
  const ws_status result = call(0, wrap(exchange));
  if (result == WS_OK) {
    return {};
  }
  const bool has_text = *last_error() != '\0';
  return {static_cast<Code>(result), has_text ? last_error() : ws_status_name(result)};
}

ws_status Callbacks::call(std::size_t index, ws_request* request) const {
  if (index < filters_.size()) {
    ws_next next{this, index + 1};
    const Filter& filter = filters_[index];
    return filter.function(request, &next, filter.data);
  }
  if (app_ != nullptr) {
    return app_(request, app_data_);
  }
  unwrap(request).hand_on();
  return WS_OK;
}

}  // namespace wserve::capi

ws_status ws_next_call(ws_next* next, ws_request* request) {
  using namespace wserve::capi;  // NOLINT(google-build-using-namespace)
  if (next == nullptr || request == nullptr) {
    return report(null_argument(next == nullptr ? "next" : "request"));
  }
  return next->callbacks->call(next->index, request);
}
