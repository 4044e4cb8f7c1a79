// app/worker_pool and its log: a program that takes lines may ask the server how it is.
#include "app/worker_pool.h"
#include "support/cmocka.h"
#include "support/exchange_fixture.h"
#include "support/fake_clock.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Code;
using base::Status;

namespace {

// As a callback would that takes a lock of its own, which another thread holds when it asks.
class AskingLog final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return true; }
  void write(base::Severity /*severity*/, std::string_view line) noexcept override {
    lines.emplace_back(line);
    waiting = pool->waiting();
  }

  app::WorkerPool* pool = nullptr;
  std::vector<std::string> lines;
  std::size_t waiting = 0;
};

class NoApp final : public app::Application {
 public:
  Status handle(app::Exchange& /*exchange*/) override { return {}; }
};

void test_pool_log__no_line_is_written_under_the_lock(void**) {
  tests::ExchangeFixture exchanges;
  tests::FakeClock clock;
  NoApp application;
  AskingLog log;
  app::WorkerPool pool(1, application, clock, log,
                       [](unsigned) { return Status(Code::kSystem, "none left"); });
  log.pool = &pool;
  pool.on_exited(0);
  assert_int_equal(log.lines.size(), 2);
  assert_contains(log.lines[1], "no thread is to be had in its place, 0 of 1 are left");
  pool.submit(exchanges.exchange());
  assert_contains(log.lines.at(2), "Task queue depth is 1");
  assert_int_equal(log.waiting, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_pool_log__no_line_is_written_under_the_lock),
  };
  return cmocka_run_group_tests_name("pool_log", tests, nullptr, nullptr);
}
