// Pairs of texts in one piece: "name NUL value NUL", one behind the other.
#pragma once

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"

namespace wserve::capi {

// Calls `each(name, value)`, which returns a Status, until one fails. kInvalid when the last NUL is
// missing; `what` says what the pairs are.
template <typename Each>
base::Status for_each_packed(base::ByteView packed, const char* what, Each&& each) {
  while (!packed.empty()) {
    const base::ByteView name = base::take_until(packed, '\0');
    if (packed.find('\0') == base::ByteView::npos) {
      return {base::Code::kInvalid,
              base::concat(what, " must be name NUL value NUL, one behind the other")};
    }
    const base::ByteView value = base::take_until(packed, '\0');
    if (base::Status done = each(name, value); !done.is_ok()) {
      return done;
    }
  }
  return {};
}

}  // namespace wserve::capi
