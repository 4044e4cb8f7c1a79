// How many threads and how much memory fit what this process may use.
#pragma once

#include <string>

#include "server/settings.h"

namespace wserve::server {

// threads=auto: for applications that wait more than they compute, four for each processor, and no
// more than 64.
[[nodiscard]] unsigned automatic_threads(unsigned processors) noexcept;

// What was read from the system and what follows from it, a line each. `root` stands before /proc
// and /sys.
[[nodiscard]] std::string explain_sizing(const Settings& settings, const std::string& root = "");

}  // namespace wserve::server
