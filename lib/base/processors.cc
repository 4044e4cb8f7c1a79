// Affinity and control groups.
#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"

namespace wserve::base {

namespace {

constexpr unsigned kNoQuota = std::numeric_limits<unsigned>::max();
constexpr unsigned kMostProcessors = 1U << 20U;

struct CpuSetDeleter {
  void operator()(cpu_set_t* set) const noexcept { CPU_FREE(set); }
};

// 0 when the system does not say.
unsigned count_affine() {
  for (unsigned size = 1024; size <= kMostProcessors; size *= 2) {
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

std::optional<std::uint64_t> first_number(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  std::uint64_t number = 0;
  file >> word;
  return parse_digits(word, number) == NumberError::kNone ? std::optional(number) : std::nullopt;
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
  const auto quota = first_number(folder + "/cpu.cfs_quota_us");
  const auto period = first_number(folder + "/cpu.cfs_period_us");
  return quota && period ? processors_for(*quota, *period) : kNoQuota;
}

bool has_word(ByteView list, ByteView word) noexcept {
  while (!list.empty()) {
    if (take_until(list, ',') == word) {
      return true;
    }
  }
  return false;
}

// Where a hierarchy of control groups is mounted, and which of them is on top there.
struct Hierarchy {
  bool is_version_2;
  std::string top;
  std::string folder;
};

// proc(5), mountinfo: "36 35 98:0 TOP FOLDER OPTIONS [TAGS] - TYPE SOURCE SUPER_OPTIONS".
std::optional<Hierarchy> read_mount(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  std::string top;
  std::string folder;
  words >> word >> word >> word >> top >> folder;
  while (words >> word && word != "-") {
  }
  std::string type;
  std::string options;
  words >> type >> word >> options;
  if (type == "cgroup2" || (type == "cgroup" && has_word(options, "cpu"))) {
    return Hierarchy{type == "cgroup2", top, folder};
  }
  return std::nullopt;
}

// cgroups(7): "0::/PATH" of version 2, "4:cpu,cpuacct:/PATH" of version 1.
std::string own_group(const std::string& root, bool is_version_2) {
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    ByteView rest = line;
    const ByteView number = take_until(rest, ':');
    const ByteView controllers = take_until(rest, ':');
    if (is_version_2 ? number == "0" && controllers.empty() : has_word(controllers, "cpu")) {
      return std::string(rest);
    }
  }
  return "/";
}

// The strictest quota of a group and of all above it, as far as they can be seen.
unsigned quota_in(const std::string& root, const Hierarchy& hierarchy) {
  std::string group = own_group(root, hierarchy.is_version_2);
  if (hierarchy.top != "/" && group.starts_with(hierarchy.top)) {
    group.erase(0, hierarchy.top.size());
  }
  if (group.find("/..") != std::string::npos) {
    group.clear();  // it lies outside of what this process sees
  }
  unsigned least = kNoQuota;
  for (;;) {
    const std::string folder = root + hierarchy.folder + group;
    least = std::min(
        least, hierarchy.is_version_2 ? quota_of_version_2(folder) : quota_of_version_1(folder));
    const std::size_t slash = group.rfind('/');
    if (slash == std::string::npos) {
      return least;
    }
    group.erase(slash);
  }
}

unsigned count_paid_for(const std::string& root) {
  unsigned least = kNoQuota;
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    if (const auto hierarchy = read_mount(line)) {
      least = std::min(least, quota_in(root, *hierarchy));
    }
  }
  return least;
}

}  // namespace

unsigned count_processors(const std::string& root) {
  const unsigned affine = count_affine();
  const unsigned there = affine > 0 ? affine : std::thread::hardware_concurrency();
  return std::max(1U, std::min(there, count_paid_for(root)));
}

}  // namespace wserve::base
