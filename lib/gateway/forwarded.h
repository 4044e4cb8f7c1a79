// Reads Forwarded (RFC 7239), one element at a time.
#pragma once

#include <string>

#include "base/arena.h"

namespace wserve::gateway {

struct ForwardedElement {
  base::ByteView for_node;
  base::ByteView host;
  base::ByteView proto;
};

// One element: forwarded-pairs between ";". Names and values are lower-cased, and stand in `arena`;
// "by" and unknown names are read and ignored, the latter reported through `unknown` (the last
// one). Returns null, or why the element is malformed.
[[nodiscard]] const char* parse_forwarded_element(base::ByteView text, base::Arena& arena,
                                                  ForwardedElement& element, std::string& unknown);

// The "for" of an element, without quotes; empty when it has none.
[[nodiscard]] base::ByteView forwarded_for_of(base::ByteView element);

}  // namespace wserve::gateway
