// Values that may or may not stand in quotes.
#pragma once

#include <optional>
#include <string>

#include "http/grammar.h"

namespace wserve::gateway {

// The text of a quoted-string, or the text itself when no quote stands at its ends; nothing when
// the quoting is broken.
[[nodiscard]] inline std::optional<std::string> unquote_value(base::ByteView text) {
  if (!text.starts_with('"') && !text.ends_with('"')) {
    return std::string(text);
  }
  if (!http::is_quoted_string(text)) {
    return std::nullopt;
  }
  return http::unquote(text);
}

}  // namespace wserve::gateway
