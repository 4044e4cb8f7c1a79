// The frame around every function of the C interface.
#pragma once

#include <utility>

#include <wserve/status.h>

#include "base/guard.h"
#include "capi/last_error.h"

namespace wserve::capi {

// Turns a Status into a ws_status and leaves its text for ws_last_error().
inline ws_status report(const base::Status& status) noexcept {
  if (static_cast<int>(status.code()) < 0) {
    set_last_error(status);
  }
  return static_cast<ws_status>(status.code());
}

// Runs `body`, which returns a base::Status; no exception leaves it.
template <typename Body>
ws_status api_call(Body&& body) {
  return report(base::guarded(std::forward<Body>(body)));
}

inline base::Status null_argument(const char* name) {
  return {base::Code::kInvalid, std::string(name) + " must not be NULL"};
}

}  // namespace wserve::capi
