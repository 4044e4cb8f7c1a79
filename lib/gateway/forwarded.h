// Reads Forwarded (RFC 7239), one element at a time.
#pragma once

#include <string>

#include "base/bytes.h"

namespace wserve::gateway {

struct ForwardedElement {
  std::string for_node;
  std::string host;
  std::string proto;
};

// One element: forwarded-pairs between ";". Names and values are lower-cased; "by" and unknown
// names are read and ignored, the latter reported through `unknown` (the last one). Returns null,
// or why the element is malformed.
[[nodiscard]] const char* parse_forwarded_element(base::ByteView text, ForwardedElement& element,
                                                  std::string& unknown);

}  // namespace wserve::gateway
