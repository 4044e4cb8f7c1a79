// Percent-encoding undone (RFC 3986 §2.1), once and strictly.
#pragma once

#include "base/bytes.h"
#include "base/status.h"

namespace wserve::form {

using base::ByteView;
using base::Code;
using base::Status;

struct Decoding {
  bool plus_is_blank = false;
  bool may_hold_nul = false;  // else "%00" is refused: texts of C would end there
};

// Writes at most `capacity` bytes to `to`, which may be where `text` begins; `length` gets how
// many. kInvalid for an escape that is none; kTooBig when they do not fit.
Status percent_decode(ByteView text, Decoding how, char* to, std::size_t capacity,
                      std::size_t& length);

}  // namespace wserve::form
