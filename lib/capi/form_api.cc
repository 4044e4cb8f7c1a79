// <wserve/form.h>: unwrap, call, report.
#include <algorithm>
#include <limits>

#include <wserve/form.h>

#include "app/own_page.h"
#include "capi/request_call.h"
#include "form/percent.h"
#include "form/request_forms.h"

using wserve::app::Exchange;
using wserve::base::ByteView;
using wserve::base::Code;
using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;
using wserve::capi::with;
using wserve::capi::with_answer;
using wserve::form::Limits;
using wserve::form::Pairs;
using wserve::form::Part;
using wserve::form::RequestForms;
using wserve::form::RequestParts;

namespace {

const Pairs* unwrap(const ws_form* form) noexcept {
  return reinterpret_cast<const Pairs*>(form);
}

RequestParts* unwrap(ws_multipart* multipart) noexcept {
  return reinterpret_cast<RequestParts*>(multipart);
}

using Ask = Status (RequestForms::*)(const Pairs*& pairs);

ws_status give_pairs(ws_request* request, const ws_form** form, Ask ask) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (form == nullptr) {
      return null_argument("form");
    }
    *form = nullptr;
    const Pairs* pairs = nullptr;
    Status status = (RequestForms::of(exchange).*ask)(pairs);
    *form = reinterpret_cast<const ws_form*>(pairs);
    return status;
  });
}

Status set_limit(Limits& limits, int limit, uint64_t max) {
  switch (limit) {
    case WS_LIMIT_PAIRS:
      limits.pairs = max;
      return {};
    case WS_LIMIT_NAME:
      limits.name = max;
      return {};
    case WS_LIMIT_FORM:
      limits.form = max;
      return {};
    case WS_LIMIT_PARTS:
      limits.parts = max;
      return {};
    case WS_LIMIT_PART_HEAD:
      if (max > Limits::kMaxPartHead) {
        return {Code::kInvalid, "the head of a part may have 1048576 bytes at most"};
      }
      limits.part_head = max;
      return {};
  }
  return {Code::kUnknown, "there is no such limit"};
}

// The answer to what a client has sent that cannot be understood.
struct Refused {
  int status;
  const char* text;
};

Refused refusal_of(ws_status why) noexcept {
  switch (why) {
    case WS_EINVAL:
      return {400, "Bad Request\n"};
    case WS_ETOOBIG:
      return {413, "Content Too Large\n"};
    case WS_EUNKNOWN:
      return {415, "Unsupported Media Type\n"};
    default:
      return {0, nullptr};
  }
}

template <typename Body>
ws_status with_parts(ws_multipart* multipart, Body&& body) {
  return api_call([&]() -> Status {
    return multipart != nullptr ? body(*unwrap(multipart)) : null_argument("multipart");
  });
}

const Part* part_of(ws_multipart* multipart) noexcept {
  return multipart != nullptr ? unwrap(multipart)->part() : nullptr;
}

}  // namespace

ws_status ws_request_limit_form(ws_request* request, int limit, uint64_t max) {
  return with(request, [&](Exchange& exchange) -> Status {
    return set_limit(RequestForms::of(exchange).limits(), limit, max);
  });
}

ws_status ws_request_refuse(ws_request* request, ws_status why) {
  const Refused refused = refusal_of(why);
  if (refused.text == nullptr) {
    return why;
  }
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return wserve::app::reply_own_page(exchange, refused.status, refused.text);
  });
}

ws_status ws_percent_decode(const char* text, size_t size, char* to, size_t capacity,
                            size_t* length, int flags) {
  return api_call([&]() -> Status {
    if (to == nullptr || (text == nullptr && size > 0)) {
      return null_argument(to == nullptr ? "to" : "text");
    }
    if (capacity == 0) {
      return {Code::kTooBig, "there is no room for the NUL"};
    }
    std::size_t decoded = 0;
    Status status = wserve::form::percent_decode(
        ByteView(text, size), {(flags & WS_DECODE_PLUS) != 0, (flags & WS_DECODE_NUL) != 0}, to,
        capacity - 1, decoded);
    to[status.is_ok() ? decoded : 0] = '\0';
    if (length != nullptr) {
      *length = status.is_ok() ? decoded : 0;
    }
    return status;
  });
}

ws_status ws_request_query(ws_request* request, const ws_form** form) {
  return give_pairs(request, form, &RequestForms::query);
}

ws_status ws_request_form(ws_request* request, const ws_form** form) {
  return give_pairs(request, form, &RequestForms::form);
}

ws_status ws_request_cookies(ws_request* request, const ws_form** form) {
  return give_pairs(request, form, &RequestForms::cookies);
}

size_t ws_form_count(const ws_form* form) {
  return form != nullptr ? unwrap(form)->size() : 0;
}

ws_status ws_form_at(const ws_form* form, size_t index, const char** name, const char** value) {
  return api_call([&]() -> Status {
    if (form == nullptr) {
      return null_argument("form");
    }
    if (index >= unwrap(form)->size()) {
      return Code::kUnknown;
    }
    const Pairs::Pair pair = unwrap(form)->at(index);
    if (name != nullptr) {
      *name = pair.name.data();
    }
    if (value != nullptr) {
      *value = pair.value.data();
    }
    return {};
  });
}

const char* ws_form_get(const ws_form* form, const char* name) {
  return form != nullptr && name != nullptr ? unwrap(form)->find(name) : nullptr;
}

ws_status ws_request_multipart(ws_request* request, ws_multipart** multipart) {
  return with(request, [&](Exchange& exchange) -> Status {
    if (multipart == nullptr) {
      return null_argument("multipart");
    }
    RequestParts* parts = nullptr;
    Status status = RequestForms::of(exchange).multipart(parts);
    *multipart = reinterpret_cast<ws_multipart*>(parts);
    return status;
  });
}

ws_status ws_multipart_next(ws_multipart* multipart) {
  return with_parts(multipart, [](RequestParts& parts) -> Status { return parts.next(); });
}

const char* ws_multipart_name(ws_multipart* multipart) {
  const Part* part = part_of(multipart);
  return part != nullptr ? part->name.c_str() : nullptr;
}

const char* ws_multipart_filename(ws_multipart* multipart) {
  const Part* part = part_of(multipart);
  return part != nullptr && part->is_file ? part->filename.c_str() : nullptr;
}

const char* ws_multipart_safe_name(ws_multipart* multipart) {
  const char* name = nullptr;
  static_cast<void>(with_parts(multipart, [&](RequestParts& parts) -> Status {
    name = parts.safe_name();
    return {};
  }));
  return name;
}

const char* ws_multipart_field(ws_multipart* multipart, const char* name) {
  const Part* part = part_of(multipart);
  return part != nullptr && name != nullptr ? part->fields.find_ignoring_case(name) : nullptr;
}

int64_t ws_multipart_read(ws_multipart* multipart, void* buffer, size_t capacity) {
  size_t got = 0;
  const ws_status status = with_parts(multipart, [&](RequestParts& parts) -> Status {
    constexpr auto kMax = static_cast<size_t>(std::numeric_limits<int64_t>::max());
    return buffer != nullptr && capacity > 0
               ? parts.read(static_cast<char*>(buffer), std::min(capacity, kMax), got)
               : null_argument("buffer, or its capacity,");
  });
  return status == WS_OK ? static_cast<int64_t>(got) : static_cast<int64_t>(status);
}

ws_status ws_multipart_text(ws_multipart* multipart, const char** text) {
  return with_parts(multipart, [&](RequestParts& parts) -> Status {
    return text != nullptr ? parts.read_text(*text) : null_argument("text");
  });
}
