// binding.h: several steps of the interface in one call.
#include <algorithm>
#include <array>

#include <wserve/binding.h>

#include "app/response_fields.h"
#include "base/both.h"
#include "capi/packed_pairs.h"
#include "capi/request_call.h"

using wserve::app::Exchange;
using wserve::base::ByteView;
using wserve::base::Code;
using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::for_each_packed;
using wserve::capi::null_argument;
using wserve::capi::unwrap;
using wserve::capi::with;
using wserve::capi::with_answer;

namespace {

constexpr int kUpgradeRequired = 426;

// Bytes of the caller's, which may be NULL when there are none.
struct Bytes {
  const char* name;
  const void* data;
  size_t size;

  [[nodiscard]] ByteView view() const noexcept { return {static_cast<const char*>(data), size}; }
};

Status check_bytes(const Bytes& bytes) {
  return bytes.data != nullptr || bytes.size == 0 ? Status() : null_argument(bytes.name);
}

Status begin(Exchange& exchange, int status, const char* reason, const Bytes& fields) {
  if (Status checked = check_bytes(fields); !checked.is_ok()) {
    return checked;
  }
  auto& response = exchange.response();
  const bool is_fresh = !response.is_started();
  Status begun = response.start(status, reason != nullptr ? ByteView(reason) : ByteView());
  if (begun.is_ok()) {
    begun = for_each_packed(fields.view(), "fields", [&](ByteView name, ByteView value) {
      return response.add_field(name, value);
    });
  }
  if (!begun.is_ok() && is_fresh) {
    static_cast<void>(response.discard());
  }
  return begun;
}

}  // namespace

size_t ws_request_pairs(ws_request* request, ws_pair* pairs, size_t capacity) {
  if (request == nullptr) {
    return 0;
  }
  const auto& entries = unwrap(request).environ().entries();
  const size_t fitting = pairs != nullptr ? std::min(entries.size(), capacity) : 0;
  for (size_t i = 0; i < fitting; ++i) {
    const auto& [key, value] = entries[i];
    pairs[i] = {key.data(), key.size(), value.data(), value.size()};
  }
  return entries.size();
}

ws_status ws_worker_take(ws_worker* worker, int timeout_ms, ws_request** request, ws_pair* pairs,
                         size_t capacity, size_t* count) {
  const ws_status taken = ws_worker_next(worker, timeout_ms, request);
  if (taken == WS_OK && count != nullptr) {
    *count = ws_request_pairs(*request, pairs, capacity);
  }
  return taken;
}

ws_status ws_worker_take_packed(ws_worker* worker, int timeout_ms, ws_request** request,
                                char* buffer, size_t capacity, size_t* size) {
  const ws_status taken = ws_worker_next(worker, timeout_ms, request);
  if (taken == WS_OK && size != nullptr) {
    *size = ws_request_pack(*request, buffer, capacity);
  }
  return taken;
}

ws_status ws_request_begin(ws_request* request, int status, const char* reason, const char* fields,
                           size_t fields_size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return begin(exchange, status, reason, {"fields", fields, fields_size});
  });
}

ws_status ws_request_answer(ws_request* request, int status, const char* reason, const char* fields,
                            size_t fields_size, const void* body, size_t body_size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    const Bytes whole{"body", body, body_size};
    if (Status checked = check_bytes(whole); !checked.is_ok()) {
      return checked;
    }
    Status begun = begin(exchange, status, reason, {"fields", fields, fields_size});
    return begun.is_ok() ? exchange.end(whole.view()) : begun;
  });
}

ws_status ws_request_check_fields(ws_request* request, int status, const char* fields,
                                  size_t fields_size) {
  return with(request, [&](Exchange&) -> Status {
    const Bytes given{"fields", fields, fields_size};
    if (Status checked = check_bytes(given); !checked.is_ok()) {
      return checked;
    }
    wserve::app::ResponseFields scratch;
    static_cast<void>(scratch.permit_upgrade(status == kUpgradeRequired));
    return for_each_packed(given.view(), "fields",
                           [&](ByteView name, ByteView value) { return scratch.add(name, value); });
  });
}

ws_status ws_request_discard(ws_request* request) {
  return with_answer(request,
                     [](Exchange& exchange) -> Status { return exchange.response().discard(); });
}

ws_status ws_request_give_up(ws_request* request, const char* text) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (exchange.response().is_ended() || exchange.response().is_at_hook()) {
      return {Code::kState, "the answer has ended, or is on its way"};
    }
    exchange.give_up(text != nullptr ? ByteView(text) : ByteView());
    return {};
  });
}

ws_status ws_server_set_packed(ws_server* server, const char* settings, size_t size) {
  return api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    const Bytes given{"settings", settings, size};
    if (Status checked = check_bytes(given); !checked.is_ok()) {
      return checked;
    }
    Status set;
    Status read = for_each_packed(given.view(), "settings", [&](ByteView name, ByteView value) {
      set = wserve::base::both(std::move(set), server->server->set(name, value));
      return Status();
    });
    return wserve::base::both(std::move(set), std::move(read));
  });
}
