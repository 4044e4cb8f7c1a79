// Texts of fields and settings, taken apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wserve::filters {

[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
// What is before the separator; `rest` becomes what is behind it.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char separator) noexcept;
// Letters of ASCII may be large or small.
[[nodiscard]] bool is_same(std::string_view one, std::string_view other) noexcept;
// One of the items of a list with commas is this token; what is behind "=" or ";" does not count.
[[nodiscard]] bool lists(std::string_view list, std::string_view token) noexcept;
// Between white space and commas.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace wserve::filters
