// Reads a raw request head once, before any tokenizer, and lets only exact HTTP/1.x through.
//
// Debian's http-parser is the lenient build: it takes bare LF for a line end, blanks before the
// colon, control bytes in values and more. What this gate passes, every parser of the chain reads
// alike.
#pragma once

#include <cstddef>

#include "http/framing.h"
#include "http/grammar.h"

namespace wserve::http {

// What the gate learnt on its way; the views are parts of the head.
struct RequestLine {
  ByteView method;
  ByteView target;
  int minor_version = 1;
};

struct HeadLimits {
  std::size_t max_line_bytes = 65536;  // of the request line, and of each field; without its CRLF
  std::size_t max_fields = 100;
};

// The answer to a line above the limit.
[[nodiscard]] Refusal refuse_line_size(bool is_request_line, const HeadLimits& limits);

// `head` runs from the request line to the blank line, both included. Each field goes to `rules`.
// `line` is filled as far as the request line is good: its method is empty when it is not.
[[nodiscard]] Verdict check_head(ByteView head, const HeadLimits& limits, RequestLine& line,
                                 FramingRules& rules);

// For a head that has not ended: true when no continuation can make it right. `previous` is the
// byte before `piece`, 0 at the beginning.
[[nodiscard]] bool is_hopeless(char previous, ByteView piece) noexcept;

}  // namespace wserve::http
