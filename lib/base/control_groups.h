// The limits that Linux's control groups set for this process.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace wserve::base {

inline constexpr std::uint64_t kNoGroupLimit = std::numeric_limits<std::uint64_t>::max();

// The limit that a group's folder says.
using GroupLimit = std::function<std::uint64_t(const std::string& folder, bool is_version_2)>;

// The strictest of this process's group and of all above it, in each hierarchy that has the
// controller. `root` stands before /proc and /sys.
[[nodiscard]] std::uint64_t min_group_limit(const std::string& root, ByteView controller,
                                            const GroupLimit& read);

// What a file begins with; nothing for "max", for -1, and where there is no file.
[[nodiscard]] std::optional<std::uint64_t> first_number_in(const std::string& path);

}  // namespace wserve::base
