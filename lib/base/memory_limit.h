// How much memory this process may use.
#pragma once

#include <cstdint>
#include <string>

namespace wserve::base {

// As its control groups say (memory.max of version 2, memory.limit_in_bytes of version 1); 0 for no
// limit. `root` stands before /proc and /sys.
[[nodiscard]] std::uint64_t memory_limit(const std::string& root = "");

}  // namespace wserve::base
