// Whether the process may open as many descriptors as a server is told to use.
#pragma once

#include <cstddef>

#include "base/log.h"
#include "server/settings.h"

namespace wserve::server {

// Warns when RLIMIT_NOFILE is less than connection_limit and what goes with it. It changes nothing:
// the limit is the host program's.
void warn_about_descriptor_limit(const Settings& settings, std::size_t listeners, unsigned loops,
                                 base::Log& log);

}  // namespace wserve::server
