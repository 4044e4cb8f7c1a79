// The memory controller.
#include "base/memory_limit.h"

#include "base/control_groups.h"

namespace wserve::base {

namespace {

// Version 1 says no limit with the largest number of pages that there can be.
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 60U;

}  // namespace

std::uint64_t memory_limit(const std::string& root) {
  const std::uint64_t min =
      min_group_limit(root, "memory", [](const std::string& folder, bool is_version_2) {
        const char* name = is_version_2 ? "/memory.max" : "/memory.limit_in_bytes";
        return first_number_in(folder + name).value_or(kNoGroupLimit);
      });
  return min < kMaxBytes ? min : 0;
}

}  // namespace wserve::base
