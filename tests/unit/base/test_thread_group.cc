// Threads that are started, counted and waited for until the kernel has forgotten them.
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/thread_group.h"
#include "support/cmocka.h"

namespace {

using std::chrono::milliseconds;
using wserve::base::ThreadGroup;

using Group = std::shared_ptr<ThreadGroup>;

// As the kernel sees it.
int threads_of_process() {
  int count = -2;  // . and ..
  DIR* tasks = ::opendir("/proc/self/task");
  while (::readdir(tasks) != nullptr) {
    ++count;
  }
  ::closedir(tasks);
  return count;
}

// ThreadSanitizer starts one of its own with the first other one.
#ifdef __SANITIZE_THREAD__
constexpr int kOfSanitizer = 1;
#else
constexpr int kOfSanitizer = 0;
#endif

// Long enough for any machine.
constexpr milliseconds kLong{60'000};

struct Gate {
  void pass() const noexcept {
    while (!is_open) {
      ::sched_yield();
    }
  }
  std::atomic<bool> is_open{false};
};

void test_thread_group__blocks_all_signals_of_its_threads(void**) {
  const Group group = std::make_shared<ThreadGroup>();
  int blocked = -1;
  assert_true(group
                  ->start("wserve-test",
                          [&] {
                            sigset_t mask;
                            ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
                            blocked = ::sigismember(&mask, SIGINT) == 1 &&
                                      ::sigismember(&mask, SIGTERM) == 1 &&
                                      ::sigismember(&mask, SIGPIPE) == 1;
                          })
                  .is_ok());
  assert_int_equal(group->join(), 0);
  assert_int_equal(blocked, 1);
  sigset_t mine;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  assert_int_equal(::sigismember(&mine, SIGINT), 0);
}

void test_thread_group__knows_its_threads(void**) {
  const Group group = std::make_shared<ThreadGroup>();
  bool is_known = false;
  assert_false(group->has_this_thread());
  assert_true(group->start("wserve-test", [&] { is_known = group->has_this_thread(); }).is_ok());
  assert_int_equal(group->join(), 0);
  assert_true(is_known);
}

void test_thread_group__joins_until_the_kernel_has_forgotten(void**) {
  const int before = threads_of_process();
  const Group group = std::make_shared<ThreadGroup>();
  for (int i = 0; i < 200; ++i) {
    for (int k = 0; k < 3; ++k) {
      assert_true(group->start("wserve-test", [] {}).is_ok());
    }
    assert_int_equal(group->join(), 0);
    assert_in_range(threads_of_process(), before, before + kOfSanitizer);
  }
}

// One that the program ends has ended like any other. Not with Debian's libc++: it has an unwinder
// of its own, and glibc ends a thread by libgcc's, which crashes in any program.
[[maybe_unused]] void test_thread_group__joins_a_thread_that_ends_itself(void**) {
  const Group group = std::make_shared<ThreadGroup>();
  assert_true(group->start("wserve-test", [] { ::pthread_exit(nullptr); }).is_ok());
  assert_int_equal(group->wait(kLong), 0);
  assert_int_equal(group->join(), 0);
}

void test_thread_group__lets_several_threads_join(void**) {
  const Group group = std::make_shared<ThreadGroup>();
  Gate gate;
  std::atomic<int> ended{0};
  for (int i = 0; i < 4; ++i) {
    assert_true(group
                    ->start("wserve-test",
                            [&] {
                              gate.pass();
                              ++ended;
                            })
                    .is_ok());
  }
  std::vector<std::thread> joiners;
  std::atomic<int> early{0};
  for (int i = 0; i < 3; ++i) {
    joiners.emplace_back([&] {
      static_cast<void>(group->join());
      early += ended < 4 ? 1 : 0;
    });
  }
  gate.is_open = true;
  for (std::thread& joiner : joiners) {
    joiner.join();
  }
  assert_int_equal(early, 0);
}

void test_thread_group__lets_go_of_what_does_not_end(void**) {
  const Group group = std::make_shared<ThreadGroup>();
  Gate gate;
  std::atomic<bool> is_known{false};
  assert_true(group
                  ->start("wserve-test",
                          [&] {
                            gate.pass();
                            is_known = group->has_this_thread();
                          })
                  .is_ok());
  assert_int_equal(group->wait(milliseconds(1)), 1);
  assert_int_equal(group->join(), 0);
  gate.is_open = true;
  while (group.use_count() > 1) {  // the thread has its own share
    ::sched_yield();
  }
  assert_true(is_known);
}

// What it does is what its owner has left.
void test_thread_group__outlives_its_owner_in_its_threads(void**) {
  Group group = std::make_shared<ThreadGroup>();
  Gate gate;
  assert_true(group->start("wserve-test", [&] { gate.pass(); }).is_ok());
  assert_true(group->start("wserve-test", [] {}).is_ok());
  const std::weak_ptr<ThreadGroup> left = group;
  group->let_go();
  group.reset();
  assert_false(left.expired());
  gate.is_open = true;
  while (!left.expired()) {
    ::sched_yield();
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_thread_group__blocks_all_signals_of_its_threads),
      cmocka_unit_test(test_thread_group__knows_its_threads),
      cmocka_unit_test(test_thread_group__joins_until_the_kernel_has_forgotten),
#ifndef _LIBCPP_VERSION
      cmocka_unit_test(test_thread_group__joins_a_thread_that_ends_itself),
#endif
      cmocka_unit_test(test_thread_group__lets_several_threads_join),
      cmocka_unit_test(test_thread_group__lets_go_of_what_does_not_end),
      cmocka_unit_test(test_thread_group__outlives_its_owner_in_its_threads),
  };
  return cmocka_run_group_tests_name("base/thread_group", tests, nullptr, nullptr);
}
