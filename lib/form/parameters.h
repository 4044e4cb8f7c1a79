// A value with parameters behind it, as Content-Type and Content-Disposition have it (RFC 9110
// §5.6.6).
#pragma once

#include <string>

#include "base/bytes.h"

namespace wserve::form {

using base::ByteView;

class ParameterReader {
 public:
  explicit ParameterReader(ByteView text) noexcept;

  // What stands in front of the first ";".
  [[nodiscard]] ByteView main_value() const noexcept { return main_value_; }

  enum class Progress : std::uint8_t { kParameter, kEnd, kBroken };
  // The next one. Of a value in quotes a backslash is taken off a quote and another backslash only:
  // in all other places it is what a system that has it in the names of files has written.
  [[nodiscard]] Progress next(ByteView& name, std::string& value);

 private:
  [[nodiscard]] bool take_quoted(std::string& value);

  ByteView main_value_;
  ByteView rest_;
};

}  // namespace wserve::form
