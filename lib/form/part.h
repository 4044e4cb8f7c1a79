// The head of one part of multipart/form-data (RFC 7578 §4).
#pragma once

#include <string>

#include "base/status.h"
#include "form/limits.h"
#include "form/pairs.h"

namespace wserve::form {

struct Part {
  std::string name;
  bool is_file = false;  // it has a filename, perhaps an empty one
  std::string filename;
  Pairs fields;

  void clear() noexcept;
};

// Reads the lines of a head, which end with CRLF but for the last one. `delimiter` is a line that
// no field may begin like.
Status read_part_head(ByteView head, ByteView delimiter, const Limits& limits, Part& part);

// The boundary of a Content-Type; kUnknown when that is not multipart/form-data, kInvalid when
// there is none that can be one.
Status read_boundary(ByteView content_type, std::string& boundary);

}  // namespace wserve::form
