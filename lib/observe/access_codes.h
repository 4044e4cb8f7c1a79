// The codes of a template: what stands behind a "%".
#pragma once

#include <ctime>
#include <string>

#include "base/bytes.h"
#include "observe/record.h"

namespace wserve::observe {

// "[27/Nov/2026:17:20:14 +0000]", in local time. The last one is kept: many lines have the same.
class CommonTime {
 public:
  [[nodiscard]] const std::string& of(std::time_t second);

 private:
  std::time_t second_ = -1;
  std::string text_;
};

// Where a code stands.
struct CodePlace {
  std::string argument;    // what stood in braces
  bool is_quoted = false;  // between quotes of the template
};

// What a line is about.
struct Told {
  const Record& record;
  CommonTime& time;
};

using AppendCode = void (*)(std::string& line, const CodePlace& place, const Told& told);

// Null when there is none.
[[nodiscard]] AppendCode find_code(char letter, base::ByteView argument) noexcept;
// "%a %b ... %{first_byte_time}x": all of them, with the argument where it must have one.
[[nodiscard]] std::string list_codes();

}  // namespace wserve::observe
