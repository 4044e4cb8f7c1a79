// ws_request_*: unwrap, call, report.
#include <algorithm>
#include <cstring>

#include <wserve/request.h>

#include "app/own_page.h"
#include "capi/packed_pairs.h"
#include "capi/request_call.h"

using wserve::app::Exchange;
using wserve::base::ByteView;
using wserve::base::Code;
using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;
using wserve::capi::unwrap;
using wserve::capi::with;
using wserve::capi::with_answer;

namespace {

ByteView view(const char* text) noexcept {
  return text != nullptr ? ByteView(text) : ByteView();
}

ByteView view(const void* data, size_t size) noexcept {
  return {static_cast<const char*>(data), size};
}

Status add_fields(Exchange& exchange, ByteView fields) {
  return wserve::capi::for_each_packed(fields, "fields", [&](ByteView name, ByteView value) {
    return exchange.response().add_field(name, value);
  });
}

}  // namespace

const char* ws_request_get(ws_request* request, const char* key) {
  if (request == nullptr || key == nullptr) {
    return nullptr;
  }
  const char* value = nullptr;
  static_cast<void>(with(request, [&](Exchange& exchange) -> Status {
    value = exchange.find_value(key);
    return {};
  }));
  return value;
}

ws_status ws_request_set(ws_request* request, const char* key, const char* value) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (key == nullptr) {
      return null_argument("key");
    }
    if (value != nullptr) {
      exchange.set_value(key, value);
    } else {
      exchange.environ().erase(key);
    }
    return {};
  });
}

ws_status ws_request_set_data(ws_request* request, const char* key, void* data,
                              void (*release)(void*)) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (key == nullptr) {
      return null_argument("key");
    }
    exchange.set_data(key, data, release);
    return {};
  });
}

void* ws_request_data(ws_request* request, const char* key) {
  return request != nullptr && key != nullptr ? unwrap(request).data(key) : nullptr;
}

ws_status ws_request_environ_at(ws_request* request, size_t index, const char** key,
                                const char** value) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (key == nullptr || value == nullptr) {
      return null_argument(key == nullptr ? "key" : "value");
    }
    const auto& entries = exchange.environ().entries();
    if (index >= entries.size()) {
      return Code::kUnknown;
    }
    *key = entries[index].key.data();
    *value = entries[index].value.data();
    return {};
  });
}

size_t ws_request_pack(ws_request* request, char* buffer, size_t capacity) {
  if (request == nullptr) {
    return 0;
  }
  const auto& entries = unwrap(request).environ().entries();
  size_t needed = 0;
  for (const auto& entry : entries) {
    needed += entry.key.size() + entry.value.size() + 2;
  }
  if (needed > capacity || buffer == nullptr) {
    return needed;
  }
  for (const auto& entry : entries) {
    // Each view has a NUL behind it, which is copied too.
    buffer = std::copy_n(entry.key.data(), entry.key.size() + 1, buffer);
    buffer = std::copy_n(entry.value.data(), entry.value.size() + 1, buffer);
  }
  return needed;
}

int64_t ws_request_read(ws_request* request, void* buffer, size_t capacity) {
  size_t got = 0;
  const ws_status status = with(request, [&](Exchange& exchange) -> Status {
    if (buffer == nullptr && capacity > 0) {
      return null_argument("buffer");
    }
    if (exchange.is_body_taken()) {
      return wserve::capi::body_is_taken();
    }
    return exchange.read_waiting(static_cast<char*>(buffer), capacity, got);
  });
  return status == WS_OK ? static_cast<int64_t>(got) : static_cast<int64_t>(status);
}

ws_status ws_request_rewind(ws_request* request) {
  return with(request, [](Exchange& exchange) -> Status {
    return exchange.is_body_taken() ? wserve::capi::body_is_taken() : exchange.rewind();
  });
}

int64_t ws_request_body_size(ws_request* request) {
  return request != nullptr ? unwrap(request).body_size() : 0;
}

int ws_request_gone(ws_request* request) {
  return request != nullptr ? static_cast<int>(unwrap(request).peer_state())
                            : static_cast<int>(WS_GONE_DISCONNECTED);
}

ws_status ws_request_reply(ws_request* request, int status, const char* content_type,
                           const void* data, size_t size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    if (data == nullptr && size > 0) {
      return null_argument("data");
    }
    return exchange.reply(status, view(content_type), view(data, size));
  });
}

ws_status ws_request_reply_page(ws_request* request, int status, const char* text) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return wserve::app::reply_own_page(exchange, status, view(text));
  });
}

ws_status ws_request_start(ws_request* request, int status, const char* reason) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return exchange.response().start(status, view(reason));
  });
}

ws_status ws_request_add_header(ws_request* request, const char* name, const char* value) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return exchange.response().add_field(view(name), view(value));
  });
}

ws_status ws_request_add_headers(ws_request* request, const char* fields, size_t size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return fields != nullptr || size == 0 ? add_fields(exchange, view(fields, size))
                                          : null_argument("fields");
  });
}

ws_status ws_request_write(ws_request* request, const void* data, size_t size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return data != nullptr || size == 0 ? exchange.response().write(view(data, size))
                                        : null_argument("data");
  });
}

ws_status ws_request_flush(ws_request* request) {
  return with_answer(request,
                     [](Exchange& exchange) -> Status { return exchange.response().flush(); });
}

ws_status ws_request_send_file(ws_request* request, int fd, int64_t offset, int64_t size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    if (fd < 0 || offset < 0 || size < 0) {
      return {Code::kInvalid, "fd, offset and size must not be negative"};
    }
    return exchange.send_file(fd, static_cast<uint64_t>(offset), static_cast<uint64_t>(size));
  });
}

ws_status ws_request_add_trailer(ws_request* request, const char* name, const char* value) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return exchange.response().add_trailer(view(name), view(value));
  });
}

ws_status ws_request_interim(ws_request* request, int status) {
  return with_answer(
      request, [&](Exchange& exchange) -> Status { return exchange.response().interim(status); });
}

ws_status ws_request_end(ws_request* request) {
  return with_answer(request, [](Exchange& exchange) -> Status { return exchange.end(); });
}

ws_status ws_request_finish(ws_request* request, const void* data, size_t size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return data != nullptr || size == 0 ? exchange.end(view(data, size)) : null_argument("data");
  });
}

ws_status ws_request_fail(ws_request* request, const char* text) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    if (exchange.response().is_ended()) {
      return {Code::kState, "the answer has ended"};
    }
    if (exchange.response().is_encoding()) {
      return {Code::kState, "an encoder fails by the status that it returns"};
    }
    if (text != nullptr) {
      exchange.fail(text);
    } else {
      exchange.give_up();
    }
    return {};
  });
}

ws_status ws_request_defer(ws_request* request) {
  return with(request, [](Exchange& exchange) -> Status {
    Status deferred = exchange.defer();
    if (deferred.is_ok()) {
      exchange.retain();
    }
    return deferred;
  });
}

void ws_request_release(ws_request* request) {
  if (request != nullptr) {
    unwrap(request).release();
  }
}

ws_status ws_request_detach(ws_request* request, int* fd, const char** left, size_t* left_size) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    if (fd == nullptr || left == nullptr || left_size == nullptr) {
      return null_argument("fd, left and left_size");
    }
    wserve::base::UniqueFd connection;
    ByteView ahead;
    Status detached = exchange.detach(connection, ahead);
    if (detached.is_ok()) {
      *fd = connection.release();
      *left = ahead.data();
      *left_size = ahead.size();
    }
    return detached;
  });
}
