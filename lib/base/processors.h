// How many processors this process may use.
#pragma once

#include <string>

namespace wserve::base {

struct Processors {
  unsigned there = 1;     // in its affinity mask
  unsigned paid_for = 0;  // by its control groups; 0: they set no limit
};
[[nodiscard]] Processors find_processors(const std::string& root = "");

// Of those in its affinity mask, no more than the quotas of its control groups (cpu.max of version
// 2, cpu.cfs_quota_us of version 1) pay for, a part of one counting as a whole. At least 1. `root`
// stands before /proc and /sys.
[[nodiscard]] unsigned count_processors(const std::string& root = "");

}  // namespace wserve::base
