// Conditional and range requests (RFC 9110 §13, §14), given the state of what they are about.
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/environ.h"

namespace wserve::form {

using base::ByteView;

// What tells one state of a resource from another.
struct Validators {
  bool exists = true;
  ByteView etag;                         // with its quotes, perhaps W/ in front; empty for none
  std::optional<std::int64_t> modified;  // seconds since 1970
  std::int64_t now = 0;                  // decides about years of two digits
};

// In their order (RFC 9110 §13.2.2): 0 to go on, or the status that it is answered with, 304 or
// 412.
[[nodiscard]] int check_conditions(const gateway::Environ& environ, const Validators& its) noexcept;

// A part of a file, in bytes.
struct Range {
  std::int64_t first;
  std::int64_t size;
};

enum class RangeKind : std::uint8_t { kNone, kGiven, kUnsatisfiable };

// The one range that a GET asks for, if If-Range lets it. More than one range, and a Range that
// cannot be understood, count as none: the answer is then the whole file.
[[nodiscard]] RangeKind read_range(const gateway::Environ& environ, const Validators& its,
                                   std::int64_t file_size, Range& part) noexcept;

}  // namespace wserve::form
