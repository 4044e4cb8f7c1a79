// Values that may or may not stand in quotes.
#pragma once

#include "base/arena.h"
#include "http/grammar.h"

namespace wserve::gateway {

// Into `value` the text itself when no quote stands at its ends, or the text of a quoted-string,
// which then stands in `arena`. False when the quoting is broken.
[[nodiscard]] inline bool unquote_value(base::ByteView text, base::Arena& arena,
                                        base::ByteView& value) {
  if (!text.starts_with('"') && !text.ends_with('"')) {
    value = text;
    return true;
  }
  if (!http::is_quoted_string(text)) {
    return false;
  }
  value = arena.copy(http::unquote(text));
  return true;
}

}  // namespace wserve::gateway
