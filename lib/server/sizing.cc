// Reading limits, and saying what they mean.
#include "server/sizing.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/memory_limit.h"
#include "base/processors.h"
#include "base/text.h"

namespace wserve::server {

namespace {

constexpr unsigned kThreadsForEach = 4;
constexpr unsigned kMaxThreads = 64;
constexpr std::uint64_t kMebibyte = std::uint64_t{1024} * 1024;

std::string mebibytes(std::uint64_t bytes) {
  return base::concat(bytes / kMebibyte, " MiB");
}

std::string describe_memory(const Settings& settings, std::uint64_t limit) {
  if (limit == 0) {
    return "memory: no limit of a control group\n";
  }
  std::string text = base::concat("memory: ", mebibytes(limit), ", by the control group\n");
  if (settings.buffer_memory_limit == 0 || settings.buffer_memory_limit > limit / 2) {
    text += base::concat("  buffer_memory_limit of ", mebibytes(settings.buffer_memory_limit),
                         " leaves the application less than half of it: ", mebibytes(limit / 4),
                         " would be a quarter\n");
  }
  return text;
}

std::string describe_descriptors(const Settings& settings) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return {};
  }
  return base::concat("file descriptors: ", limit.rlim_cur, ", of ", limit.rlim_max,
                      " that the process may ask for; connection_limit is ",
                      settings.connection_limit, '\n');
}

}  // namespace

unsigned automatic_threads(unsigned processors) noexcept {
  return std::min(kMaxThreads, kThreadsForEach * std::max(processors, 1U));
}

std::string explain_sizing(const Settings& settings, const std::string& root) {
  const base::Processors found = base::find_processors(root);
  const unsigned processors = base::count_processors(root);
  const bool is_auto = settings.loops == 0;
  return base::concat(
      "processors: ", processors, "; the affinity mask has ", found.there, ", the control group ",
      found.paid_for > 0 ? base::concat("pays for ", found.paid_for) : "sets no limit", '\n',
      describe_memory(settings, base::memory_limit(root)), describe_descriptors(settings),
      "loops: ", is_auto ? processors : settings.loops,
      is_auto ? ", one for each processor\n" : ", as set; auto would be one for each processor\n",
      "threads: ", settings.threads, ", auto would be ", automatic_threads(processors), '\n');
}

}  // namespace wserve::server
