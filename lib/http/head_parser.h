// Reads a raw request head once, splits it, and lets only exact HTTP/1.x through.
//
// Debian's http-parser is the lenient build: it takes bare LF for a line end, blanks before the
// colon, control bytes in values and more. What this gate passes, every parser of the chain reads
// alike.
#pragma once

#include <cstddef>

#include "base/tunable.h"
#include "http/framing.h"
#include "http/request.h"

namespace wserve::http {

struct HeadLimits {
  base::Tunable<std::size_t> max_line_bytes =
      65536;  // of the request line, and of each field; without its CRLF
  base::Tunable<std::size_t> max_fields = 100;
};

// The answer to a line above the limit.
[[nodiscard]] Refusal refuse_line_size(bool is_request_line, std::size_t max_bytes);

// `head` runs from the request line to the blank line, both included. Each field goes to `rules`.
// Request line and fields become views of `head` in `request`, as far as they are good: its method
// is empty when the request line is not. Fields whose name holds "_" are left out: as environ keys
// they could not be told from those with "-".
[[nodiscard]] Verdict parse_head(ByteView head, const HeadLimits& limits, FramingRules& rules,
                                 Request& request);

// For a head that has not ended: true when no continuation can make it right. `previous` is the
// byte before `piece`, 0 at the beginning.
[[nodiscard]] bool is_hopeless(char previous, ByteView piece) noexcept;

}  // namespace wserve::http
