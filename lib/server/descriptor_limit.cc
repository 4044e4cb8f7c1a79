// Comparing RLIMIT_NOFILE with what the options ask for.
#include "server/descriptor_limit.h"

#include <sys/resource.h>

#include "base/text.h"

namespace wserve::server {

namespace {

// epoll, the waker, and two of libevent's own.
constexpr std::uint64_t kOfLoop = 4;
// Standard streams, a few temporary files, and what else the host program has open.
constexpr std::uint64_t kOfOthers = 16;

}  // namespace

void warn_about_descriptor_limit(const Settings& settings, std::size_t listeners, unsigned loops,
                                 base::Log& log) {
  const std::uint64_t needed = settings.connection_limit + listeners + kOfLoop * loops + kOfOthers;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) {
    return;
  }
  log.write(base::Severity::kWarning,
            base::concat("connection_limit=", settings.connection_limit, " needs about ", needed,
                         " file descriptors, and the process may have ", limit.rlim_cur,
                         ": raise RLIMIT_NOFILE (ulimit -n, LimitNOFILE=) or lower "
                         "connection_limit"));
}

}  // namespace wserve::server
