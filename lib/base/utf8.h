// Characters of UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace wserve::base {

// The length of the character at the front of a text that is not empty; 0 when it is none.
[[nodiscard]] std::size_t utf8_size(std::string_view text) noexcept;

// Its number; `character` is one, whole.
[[nodiscard]] char32_t utf8_code_point(std::string_view character) noexcept;

// What a terminal or an editor obeys behind ASCII: U+0080 to U+009F (U+009B begins what ESC [
// does), ends of lines and paragraphs, what turns the direction of a text, and the mark of a byte
// order.
[[nodiscard]] bool steers(char32_t code_point) noexcept;

}  // namespace wserve::base
