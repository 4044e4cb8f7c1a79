// app/worker_pool, app/inline_dispatcher: requests reach application threads.
#include <atomic>
#include <thread>
#include <vector>

#include "app/inline_dispatcher.h"
#include "app/worker_pool.h"
#include "support/cmocka.h"
#include "support/exchange_fixture.h"
#include "support/fake_clock.h"
#include "support/joining_thread.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::Exchange;
using base::Status;
using std::chrono::milliseconds;
using tests::ExchangeFixture;

namespace {

// Counts, and can hold its callers back.
class CountingApp final : public app::Application {
 public:
  Status handle(Exchange& exchange) override {
    ++running;
    while (is_held) {
      std::this_thread::yield();
    }
    --running;
    ++done;
    return exchange.reply(200, "", "x");
  }
  std::atomic<bool> is_held{false};
  std::atomic<int> running{0};
  std::atomic<int> done{0};
};

void wait_until(const std::atomic<int>& number, int value) {
  while (number < value) {
    std::this_thread::yield();
  }
}

struct PoolFixture {
  ExchangeFixture exchanges;
  tests::FakeClock clock;
  CountingApp application;
  app::WorkerPool pool;
  std::vector<tests::JoiningThread> threads;

  explicit PoolFixture(unsigned count) : pool(count, application, clock, *exchanges.log, {}) {
    for (unsigned i = 0; i < count; ++i) {
      threads.emplace_back([this, i] { pool.work(i); });
    }
  }
  ~PoolFixture() {
    application.is_held = false;
    pool.stop();
  }
  void submit(base::Ref<Exchange> exchange) {
    pool.submit(std::move(exchange));
    pool.hand_over();
  }
  PoolFixture(const PoolFixture&) = delete;
  PoolFixture& operator=(const PoolFixture&) = delete;
};

void test_worker_pool__one_hand_over_serves_many_requests(void**) {
  PoolFixture f(3);
  for (int i = 0; i < 100; ++i) {
    f.pool.submit(f.exchanges.exchange());
  }
  f.pool.hand_over();
  wait_until(f.application.done, 100);
}

void test_worker_pool__answers_everything(void**) {
  PoolFixture f(3);
  for (int i = 0; i < 1000; ++i) {
    f.submit(f.exchanges.exchange());
  }
  wait_until(f.application.done, 1000);
  assert_int_equal(f.pool.waiting(), 0);
}

void test_worker_pool__uses_every_thread(void**) {
  PoolFixture f(3);
  f.application.is_held = true;
  for (int i = 0; i < 3; ++i) {
    f.submit(f.exchanges.exchange());
  }
  wait_until(f.application.running, 3);
}

void test_worker_pool__answers_what_waits_before_it_stops(void**) {
  PoolFixture f(1);
  f.application.is_held = true;
  for (int i = 0; i < 5; ++i) {
    f.submit(f.exchanges.exchange());
  }
  f.pool.stop();
  f.application.is_held = false;
  f.threads.clear();
  assert_int_equal(f.application.done, 5);
}

void test_worker_pool__warns_of_a_queue_now_and_then(void**) {
  PoolFixture f(1);
  f.application.is_held = true;
  f.submit(f.exchanges.exchange());
  wait_until(f.application.running, 1);
  assert_int_equal(f.exchanges.log->lines.size(), 0);
  f.submit(f.exchanges.exchange());
  f.submit(f.exchanges.exchange());
  assert_int_equal(f.exchanges.log->lines.size(), 1);
  assert_text_equal(
      f.exchanges.log->lines[0],
      "Task queue depth is 1: all 1 threads are busy; set \"threads\" higher or answer faster");
  f.clock.advance(milliseconds(10'000));
  f.submit(f.exchanges.exchange());
  assert_int_equal(f.exchanges.log->lines.size(), 2);
}

void test_worker_pool__turns_away_what_the_queue_cannot_hold(void**) {
  PoolFixture f(1);
  f.application.is_held = true;
  f.pool.set_queue_limits({.max_waiting = 1, .max_wait = {}});
  f.submit(f.exchanges.exchange());
  wait_until(f.application.running, 1);
  ExchangeFixture waits;
  f.submit(waits.exchange());
  ExchangeFixture refused;
  f.submit(refused.exchange());
  assert_int_equal(waits.sink->pushes, 0);
  assert_contains(refused.sink->bytes, "HTTP/1.1 503 ");
  assert_contains(refused.sink->bytes, "Retry-After: 10\r\n");
  assert_contains(refused.sink->bytes, "Connection: close\r\n");
  assert_true(refused.sink->ended == app::Then::kClose);
  assert_int_equal(f.pool.waiting(), 1);
}

void test_worker_pool__a_free_thread_is_no_place_in_the_queue(void**) {
  PoolFixture f(3);
  f.application.is_held = true;
  f.pool.set_queue_limits({.max_waiting = 1, .max_wait = {}});
  for (int i = 0; i < 4; ++i) {
    f.submit(f.exchanges.exchange());
  }
  wait_until(f.application.running, 3);
  assert_int_equal(f.pool.waiting(), 1);
  assert_int_equal(f.exchanges.sink->pushes, 0);
}

void test_worker_pool__turns_away_what_has_waited_too_long(void**) {
  PoolFixture f(1);
  f.application.is_held = true;
  f.pool.set_queue_limits({.max_waiting = 0, .max_wait = milliseconds(100)});
  f.submit(f.exchanges.exchange());
  wait_until(f.application.running, 1);
  ExchangeFixture early;
  ExchangeFixture late;
  for (ExchangeFixture* one : {&early, &late}) {
    base::Ref<Exchange> exchange = one->exchange();
    exchange->set_submitted(f.clock.now());
    f.submit(std::move(exchange));
    f.clock.advance(milliseconds(60));
  }
  f.pool.tick(f.clock.now());
  assert_contains(early.sink->bytes, "HTTP/1.1 503 ");
  assert_int_equal(late.sink->pushes, 0);
  assert_int_equal(f.pool.waiting(), 1);
}

void test_inline_dispatcher__answers_before_it_returns(void**) {
  ExchangeFixture f;
  CountingApp application;
  app::InlineDispatcher dispatcher(application, *f.log);
  dispatcher.submit(f.exchange());
  assert_int_equal(application.done, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_worker_pool__one_hand_over_serves_many_requests),
      cmocka_unit_test(test_worker_pool__answers_everything),
      cmocka_unit_test(test_worker_pool__uses_every_thread),
      cmocka_unit_test(test_worker_pool__answers_what_waits_before_it_stops),
      cmocka_unit_test(test_worker_pool__warns_of_a_queue_now_and_then),
      cmocka_unit_test(test_worker_pool__turns_away_what_the_queue_cannot_hold),
      cmocka_unit_test(test_worker_pool__a_free_thread_is_no_place_in_the_queue),
      cmocka_unit_test(test_worker_pool__turns_away_what_has_waited_too_long),
      cmocka_unit_test(test_inline_dispatcher__answers_before_it_returns),
  };
  return cmocka_run_group_tests_name("app/dispatchers", tests, nullptr, nullptr);
}
