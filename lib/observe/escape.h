// Texts from outside in a line of a log: none can end it, or the field that it stands in.
#pragma once

#include <string>

#include "base/bytes.h"

namespace wserve::observe {

// As Apache does: quotes, backslashes, and all bytes but printable ASCII as `\xhh`; outside of
// quotes blanks too. "-" for nothing.
void append_escaped(std::string& line, base::ByteView text, bool is_quoted);

// A string of JSON, with its quotes. What is not UTF-8 becomes U+FFFD; what some readers take for
// the end of a line, or a terminal for an order, is written as `\uhhhh`.
void append_json(std::string& line, base::ByteView text);

}  // namespace wserve::observe
