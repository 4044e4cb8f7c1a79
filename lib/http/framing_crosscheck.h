// A second opinion on where a message ends. The one place that knows http_parser.
#pragma once

#include "http/request.h"

namespace wserve::http {

// True when http_parser reads the request line, and the fields that frame the body, as the gate and
// the framing rules did. Without such fields the message ends at its blank line (RFC 9112 §6.3,
// item 7), and there is nothing to ask it. `head` is the memory behind the request's texts,
// untouched since the gate passed it; blanks at a line's end may be written over.
[[nodiscard]] bool http_parser_agrees(char* head, const Request& request) noexcept;

}  // namespace wserve::http
