// Affinity and control groups.
#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/control_groups.h"
#include "base/text.h"

namespace wserve::base {

namespace {

constexpr unsigned kNoQuota = std::numeric_limits<unsigned>::max();
constexpr unsigned kMaxProcessors = 1U << 20U;

struct CpuSetDeleter {
  void operator()(cpu_set_t* set) const noexcept { CPU_FREE(set); }
};

// 0 when the system does not say.
unsigned count_affine() {
  for (unsigned size = 1024; size <= kMaxProcessors; size *= 2) {
    const std::unique_ptr<cpu_set_t, CpuSetDeleter> set(CPU_ALLOC(size));
    const std::size_t bytes = CPU_ALLOC_SIZE(size);
    if (set && ::sched_getaffinity(0, bytes, set.get()) == 0) {
      return static_cast<unsigned>(CPU_COUNT_S(bytes, set.get()));
    }
    if (errno != EINVAL) {  // which says that the machine has more of them
      break;
    }
  }
  return 0;
}

unsigned processors_for(std::uint64_t quota, std::uint64_t period) noexcept {
  if (period == 0 || quota == 0) {
    return kNoQuota;
  }
  const std::uint64_t whole = quota / period + (quota % period != 0 ? 1 : 0);
  return static_cast<unsigned>(std::min<std::uint64_t>(whole, kNoQuota));
}

// "max 100000", or "150000 100000".
unsigned quota_of_version_2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  std::string period;
  std::uint64_t quota_us = 0;
  std::uint64_t period_us = 0;
  file >> quota >> period;
  const bool is_limited = parse_digits(quota, quota_us) == NumberError::kNone &&
                          parse_digits(period, period_us) == NumberError::kNone;
  return is_limited ? processors_for(quota_us, period_us) : kNoQuota;
}

// -1 for none, which is no number here.
unsigned quota_of_version_1(const std::string& folder) {
  const auto quota = first_number_in(folder + "/cpu.cfs_quota_us");
  const auto period = first_number_in(folder + "/cpu.cfs_period_us");
  return quota && period ? processors_for(*quota, *period) : kNoQuota;
}

}  // namespace

Processors find_processors(const std::string& root) {
  const std::uint64_t paid_for = min_group_limit(
      root, "cpu", [](const std::string& folder, bool is_version_2) -> std::uint64_t {
        const unsigned quota =
            is_version_2 ? quota_of_version_2(folder) : quota_of_version_1(folder);
        return quota == kNoQuota ? kNoGroupLimit : quota;
      });
  const unsigned affine = count_affine();
  Processors found;
  found.there = std::max(1U, affine > 0 ? affine : std::thread::hardware_concurrency());
  found.paid_for = paid_for == kNoGroupLimit ? 0 : static_cast<unsigned>(paid_for);
  return found;
}

unsigned count_processors(const std::string& root) {
  const Processors found = find_processors(root);
  return found.paid_for > 0 ? std::min(found.there, found.paid_for) : found.there;
}

}  // namespace wserve::base
