// base/random_id: no two are the same, in threads and in children.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/random_id.h"
#include "support/cmocka.h"

using namespace wserve;

namespace {

std::string make() {
  std::array<char, base::kRandomIdSize> id{};
  assert_true(base::make_random_id(id));
  return {id.data(), id.size()};
}

void test_random_id__is_hexadecimal_and_new(void**) {
  constexpr std::size_t kIds = 1000;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < kIds; ++i) {
    const std::string id = make();
    assert_true(std::all_of(id.begin(), id.end(),
                            [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); }));
    ids.insert(id);
  }
  assert_int_equal(ids.size(), kIds);
}

void test_random_id__threads_have_others(void**) {
  constexpr std::size_t kEach = 100;
  std::array<std::vector<std::string>, 4> made;
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] { std::generate_n(std::back_inserter(ids), kEach, make); });
  }
  std::set<std::string> all;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i].join();
    all.insert(made[i].begin(), made[i].end());
  }
  assert_int_equal(all.size(), made.size() * kEach);
}

// The parent has some in stock when it forks.
void test_random_id__a_child_has_others_than_its_parent(void**) {
  static_cast<void>(make());
  std::array<int, 2> pipe{};
  assert_int_equal(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string id = make();
    ::_exit(::write(pipe[1], id.data(), id.size()) == static_cast<ssize_t>(id.size()) ? 0 : 1);
  }
  std::array<char, base::kRandomIdSize> its{};
  assert_int_equal(::read(pipe[0], its.data(), its.size()), its.size());
  assert_int_equal(::waitpid(child, nullptr, 0), child);
  ::close(pipe[0]);
  ::close(pipe[1]);
  assert_true(make() != std::string(its.data(), its.size()));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_random_id__is_hexadecimal_and_new),
      cmocka_unit_test(test_random_id__threads_have_others),
      cmocka_unit_test(test_random_id__a_child_has_others_than_its_parent),
  };
  return cmocka_run_group_tests_name("base/random_id", tests, nullptr, nullptr);
}
