// server/sizing, base/memory_limit: what control groups say, and what follows.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/memory_limit.h"
#include "server/options.h"
#include "server/sizing.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;

namespace {

// A root folder with /proc and /sys as the test wants them.
class Machine {
 public:
  Machine() {
    char name[] = "/tmp/sizing-XXXXXX";
    assert_non_null(::mkdtemp(name));
    root = name;
    write("/proc/self/cgroup", "0::/app\n");
    write("/proc/self/mountinfo", "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { std::filesystem::remove_all(root); }

  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << content;
  }

  std::string root;
};

void test_sizing__memory_of_a_control_group(void**) {
  const Machine machine;
  assert_int_equal(base::memory_limit(machine.root), 0);
  machine.write("/sys/fs/cgroup/app/memory.max", "max\n");
  assert_int_equal(base::memory_limit(machine.root), 0);
  machine.write("/sys/fs/cgroup/memory.max", "536870912\n");
  assert_int_equal(base::memory_limit(machine.root), 536870912);
  machine.write("/sys/fs/cgroup/app/memory.max", "268435456\n");
  assert_int_equal(base::memory_limit(machine.root), 268435456);
}

void test_sizing__memory_of_version_1(void**) {
  const Machine machine;
  machine.write("/proc/self/cgroup", "3:memory:/app\n");
  machine.write("/proc/self/mountinfo",
                "30 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
  machine.write("/sys/fs/cgroup/memory/app/memory.limit_in_bytes", "9223372036854771712\n");
  assert_int_equal(base::memory_limit(machine.root), 0);
  machine.write("/sys/fs/cgroup/memory/app/memory.limit_in_bytes", "1048576\n");
  assert_int_equal(base::memory_limit(machine.root), 1048576);
}

void test_sizing__says_what_was_read_and_chosen(void**) {
  const Machine machine;
  machine.write("/sys/fs/cgroup/app/cpu.max", "100000 100000\n");
  machine.write("/sys/fs/cgroup/app/memory.max", "268435456\n");
  server::Settings settings;
  settings.loops = 0;
  const std::string text = server::explain_sizing(settings, machine.root);
  assert_contains(text, "processors: 1; ");
  assert_contains(text, "the control group pays for 1\n");
  assert_contains(text, "memory: 256 MiB, by the control group\n");
  assert_contains(text, "buffer_memory_limit of 256 MiB leaves the application less than half");
  assert_contains(text, "loops: 1, one for each processor\n");
  assert_contains(text, "threads: 4, auto would be 4\n");
}

void test_sizing__says_that_there_are_no_limits(void**) {
  const Machine machine;
  const std::string text = server::explain_sizing({}, machine.root);
  assert_contains(text, "the control group sets no limit\n");
  assert_contains(text, "memory: no limit of a control group\n");
  assert_contains(text, "loops: 1, as set");
}

void test_sizing__automatic_threads_are_a_number_at_once(void**) {
  assert_int_equal(server::automatic_threads(1), 4);
  assert_int_equal(server::automatic_threads(8), 32);
  assert_int_equal(server::automatic_threads(100), 64);
  server::Options options;
  assert_true(options.set("threads", " Auto").is_ok());
  const unsigned threads = options.settings().threads;
  assert_in_range(threads, 4, 64);
  assert_text_equal(options.get("threads"), std::to_string(threads));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_sizing__memory_of_a_control_group),
      cmocka_unit_test(test_sizing__memory_of_version_1),
      cmocka_unit_test(test_sizing__says_what_was_read_and_chosen),
      cmocka_unit_test(test_sizing__says_that_there_are_no_limits),
      cmocka_unit_test(test_sizing__automatic_threads_are_a_number_at_once),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
