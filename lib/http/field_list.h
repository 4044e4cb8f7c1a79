// Comma-separated lists in field values (RFC 9110 §5.6.1).
#pragma once

#include "base/bytes.h"

namespace wserve::http {

// Calls visit(item) for each non-empty item, blanks around it removed. Not for values with quoted
// strings: a comma inside quotes splits too.
template <typename Visit>
void for_each_list_item(base::ByteView value, Visit&& visit) {
  while (!value.empty()) {
    const base::ByteView item = base::trim_blanks(base::take_until(value, ','));
    if (!item.empty()) {
      visit(item);
    }
  }
}

}  // namespace wserve::http
