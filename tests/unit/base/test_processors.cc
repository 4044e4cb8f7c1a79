// base/processors: affinity, and the quotas of control groups.
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/processors.h"
#include "support/cmocka.h"

using wserve::base::count_processors;

namespace {

// A root folder with /proc and /sys as the test wants them.
class Machine {
 public:
  Machine() {
    char name[] = "/tmp/processors-XXXXXX";
    assert_non_null(::mkdtemp(name));
    root_ = name;
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << content;
  }
  [[nodiscard]] unsigned count() const { return count_processors(root_); }

 private:
  std::string root_;
};

unsigned affine() {
  cpu_set_t set;
  assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
  return static_cast<unsigned>(CPU_COUNT(&set));
}

constexpr const char* kMountOf2 =
    "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kMountOf1 =
    "30 25 0:27 /docker/a /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
    "31 25 0:28 /docker/a /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n";

void test_processors__are_those_of_the_affinity_mask(void**) {
  const Machine bare;
  assert_int_equal(bare.count(), affine());
  cpu_set_t before;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t i = 0; CPU_COUNT(&one) == 0; ++i) {
    if (CPU_ISSET(i, &before)) {
      CPU_SET(i, &one);
    }
  }
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  const unsigned counted = bare.count();
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
  assert_int_equal(counted, 1);
}

struct QuotaCase {
  const char* group;  // of this process
  const char* above;  // cpu.max of /system.slice
  const char* own;    // cpu.max of /system.slice/app
  unsigned right;     // 0: no quota
};

void test_processors__are_no_more_than_a_quota_pays_for(void**) {
  const QuotaCase cases[] = {
      {"0::/system.slice/app\n", "max 100000\n", "max 100000\n", 0},
      {"0::/system.slice/app\n", "max 100000\n", "100000 100000\n", 1},
      {"0::/system.slice/app\n", "50000 100000\n", "max 100000\n", 1},
      {"0::/system.slice/app\n", "100000 100000\n", "900000 100000\n", 1},
      {"0::/system.slice/app\n", "max 100000\n", "900000000 100000\n", 0},
      {"0::/system.slice/app\n", "max 100000\n", "nonsense\n", 0},
      {"0::/../elsewhere\n", "1 1\n", "1 1\n", 0},
      {"1:name=systemd:/system.slice/app\n", "1 1\n", "1 1\n", 0},
  };
  for (const QuotaCase& c : cases) {
    const Machine machine;
    machine.write("/proc/self/mountinfo", kMountOf2);
    machine.write("/proc/self/cgroup", c.group);
    machine.write("/sys/fs/cgroup/system.slice/cpu.max", c.above);
    machine.write("/sys/fs/cgroup/system.slice/app/cpu.max", c.own);
    assert_int_equal(machine.count(), c.right != 0 ? c.right : affine());
  }
}

void test_processors__a_part_of_one_counts_as_one(void**) {
  const Machine machine;
  machine.write("/proc/self/mountinfo", kMountOf2);
  machine.write("/proc/self/cgroup", "0::/\n");
  machine.write("/sys/fs/cgroup/cpu.max", "110000 100000\n");
  assert_int_equal(machine.count(), affine() < 2 ? affine() : 2);
}

void test_processors__knows_quotas_of_version_1(void**) {
  const Machine machine;
  machine.write("/proc/self/mountinfo", kMountOf1);
  machine.write("/proc/self/cgroup", "4:cpu,cpuacct:/docker/a\n3:cpuset:/docker/a\n");
  machine.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  machine.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  assert_int_equal(machine.count(), affine());
  machine.write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "80000\n");
  assert_int_equal(machine.count(), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_processors__are_those_of_the_affinity_mask),
      cmocka_unit_test(test_processors__are_no_more_than_a_quota_pays_for),
      cmocka_unit_test(test_processors__a_part_of_one_counts_as_one),
      cmocka_unit_test(test_processors__knows_quotas_of_version_1),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
