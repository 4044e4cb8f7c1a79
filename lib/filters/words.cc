// ASCII, and nothing else.
#include "filters/words.h"

#include <algorithm>

namespace wserve::filters {

namespace {

constexpr std::string_view kSpace = " \t\n\r";
constexpr std::string_view kBetween = " \t\n\r,";

char to_small(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::string_view take_until(std::string_view& rest, char separator) noexcept {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

bool is_same(std::string_view one, std::string_view other) noexcept {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return to_small(a) == to_small(b); });
}

bool lists(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    std::string_view item = take_until(list, ',');
    item = take_until(item, ';');
    if (is_same(trim(take_until(item, '=')), token)) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBetween), text.size()));
    if (text.empty()) {
      return words;
    }
    const std::size_t end = std::min(text.find_first_of(kBetween), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

}  // namespace wserve::filters
