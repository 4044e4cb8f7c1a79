// <wserve/resource.h>: unwrap, call, report.
#include <algorithm>
#include <cerrno>
#include <ctime>

#include <wserve/resource.h>

#include "base/text.h"
#include "capi/request_call.h"
#include "form/accept.h"
#include "form/conditions.h"
#include "form/dates.h"
#include "form/file_answer.h"
#include "form/open_below.h"

using wserve::app::Exchange;
using wserve::base::ByteView;
using wserve::base::Code;
using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;
using wserve::capi::unwrap;
using wserve::capi::with_answer;
using wserve::form::Validators;

namespace {

// What there is no name for, or no file: anything else is trouble of ours.
bool is_absent(int error) noexcept {
  constexpr int kAbsent[] = {ENOENT, ENOTDIR, EISDIR, ELOOP,  ENAMETOOLONG,
                             EINVAL, EILSEQ,  ENXIO,  ENODEV, ESTALE};
  return std::find(std::begin(kAbsent), std::end(kAbsent), error) != std::end(kAbsent);
}

Status reason_of(int error) {
  return {is_absent(error) ? Code::kUnknown : Code::kSystem, wserve::base::system_reason(error)};
}

}  // namespace

ws_status ws_date_write(int64_t seconds, char* to, size_t capacity) {
  return api_call([&]() -> Status {
    return to != nullptr ? wserve::form::write_date(seconds, to, capacity) : null_argument("to");
  });
}

ws_status ws_date_read(const char* text, int64_t* seconds) {
  return api_call([&]() -> Status {
    if (text == nullptr || seconds == nullptr) {
      return null_argument(text == nullptr ? "text" : "seconds");
    }
    *seconds = WS_NO_TIME;
    return wserve::form::read_date(text, std::time(nullptr), *seconds);
  });
}

int ws_request_precondition(ws_request* request, const char* etag, int64_t last_modified) {
  if (request == nullptr) {
    return 0;
  }
  Validators its;
  its.exists = etag != nullptr;
  its.etag = etag != nullptr ? ByteView(etag) : ByteView();
  its.now = std::time(nullptr);
  if (last_modified != WS_NO_TIME) {
    its.modified = last_modified;
  }
  return wserve::form::check_conditions(unwrap(request).environ(), its);
}

int ws_request_is_fresh(ws_request* request, const char* etag, int64_t last_modified) {
  constexpr int kNotModified = 304;
  return ws_request_precondition(request, etag, last_modified) == kNotModified ? 1 : 0;
}

int ws_accept_choose(int accept, const char* value, const char* const* offers, size_t count) {
  int chosen = wserve::form::kNoOffer;
  static_cast<void>(api_call([&]() -> Status {
    if (offers != nullptr && count > 0) {
      chosen =
          wserve::form::choose(static_cast<wserve::form::Accept>(accept), value, {offers, count});
    }
    return {};
  }));
  return chosen;
}

ws_status ws_file_open(int folder, const char* path, int* fd) {
  int error = 0;
  const ws_status status = api_call([&]() -> Status {
    if (path == nullptr || fd == nullptr) {
      error = EINVAL;
      return null_argument(path == nullptr ? "path" : "fd");
    }
    *fd = -1;
    wserve::base::UniqueFd file;
    error = wserve::form::open_below(folder, path, file);
    *fd = file.release();
    return error == 0 ? Status() : reason_of(error);
  });
  if (status != WS_OK) {
    errno = error;  // behind all that may set it
  }
  return status;
}

ws_status ws_request_reply_file(ws_request* request, int fd, const char* content_type) {
  return with_answer(request, [&](Exchange& exchange) -> Status {
    return fd >= 0
               ? wserve::form::reply_file(exchange, fd, content_type != nullptr ? content_type : "")
               : Status(Code::kInvalid, "fd must not be negative");
  });
}
