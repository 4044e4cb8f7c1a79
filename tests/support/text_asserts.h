// Assertions on std::string_view that show both sides when they fail.
#pragma once

#include <string>
#include <string_view>

#include "support/cmocka.h"

namespace wserve::tests {

inline void check_text(std::string_view got, std::string_view expected, const char* file,
                       int line) {
  if (got == expected) {
    return;
  }
  // The message is printed before the long jump; the strings leak, and the test has failed anyway.
  print_error("got      \"%.*s\"\nexpected \"%.*s\"\n", static_cast<int>(got.size()), got.data(),
              static_cast<int>(expected.size()), expected.data());
  _fail(file, line);
}

inline void check_contains(std::string_view text, std::string_view part, const char* file,
                           int line) {
  if (text.find(part) != std::string_view::npos) {
    return;
  }
  print_error("\"%.*s\"\ndoes not contain \"%.*s\"\n", static_cast<int>(text.size()), text.data(),
              static_cast<int>(part.size()), part.data());
  _fail(file, line);
}

}  // namespace wserve::tests

#define assert_text_equal(got, expected) \
  wserve::tests::check_text((got), (expected), __FILE__, __LINE__)
#define assert_contains(text, part) \
  wserve::tests::check_contains((text), (part), __FILE__, __LINE__)
