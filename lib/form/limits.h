// How much of a form a request may have.
#pragma once

#include <cstdint>

namespace wserve::form {

struct Limits {
  static constexpr std::uint64_t kMaxPartHead = 1024 * 1024;

  std::uint64_t pairs = 1000;
  std::uint64_t name = 1024;         // bytes
  std::uint64_t form = 1024 * 1024;  // bytes
  std::uint64_t parts = 1000;
  std::uint64_t part_head = 8 * 1024;  // bytes; a buffer of that size is made
};

}  // namespace wserve::form
