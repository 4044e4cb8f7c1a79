// app/worker_pool, app/pull_queue, app/inline_dispatcher: requests reach application threads.
#include <poll.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include "app/inline_dispatcher.h"
#include "app/pull_queue.h"
#include "app/worker_pool.h"
#include "support/cmocka.h"
#include "support/exchange_fixture.h"
#include "support/fake_clock.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::Exchange;
using app::PullQueue;
using app::PullSeat;
using base::Code;
using base::Status;
using std::chrono::milliseconds;
using tests::ExchangeFixture;

namespace {

constexpr milliseconds kLong{10'000};

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
  std::vector<std::jthread> threads;

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
  f.pool.set_queue_limits({.most = 1, .longest = {}});
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
  f.pool.set_queue_limits({.most = 1, .longest = {}});
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
  f.pool.set_queue_limits({.most = 0, .longest = milliseconds(100)});
  f.submit(f.exchanges.exchange());
  wait_until(f.application.running, 1);
  ExchangeFixture early;
  ExchangeFixture late;
  for (ExchangeFixture* one : {&early, &late}) {
    base::Ref<Exchange> exchange = one->exchange();
    exchange->note_submitted(f.clock.now());
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

// What stands before workers that pull: passes everything on, but answers "/filtered" itself.
class Filters final : public app::Application {
 public:
  Status handle(Exchange& exchange) override {
    if (exchange.environ().get("PATH_INFO") == "/filtered") {
      return exchange.reply(403, "", "");
    }
    exchange.hand_on();
    return {};
  }
};

struct PullFixture {
  ExchangeFixture exchanges;
  Filters filters;
  PullQueue queue{filters};
  PullSeat seat;

  PullFixture() {
    assert_true(seat.open().is_ok());
    queue.join(seat);
  }
  ~PullFixture() { queue.leave(seat); }
  PullFixture(const PullFixture&) = delete;
  PullFixture& operator=(const PullFixture&) = delete;

  void submit(base::Ref<Exchange> exchange) {
    queue.submit(std::move(exchange));
    queue.hand_over();
  }
  Code next(milliseconds limit) {
    base::Ref<Exchange> exchange;
    const Status status = queue.next(seat, limit, exchange);
    assert_int_equal(status.is_ok(), static_cast<bool>(exchange));
    if (exchange) {
      static_cast<void>(exchange->reply(200, "", "x"));
    }
    return status.code();
  }
  bool is_readable() const {
    pollfd waited{.fd = seat.fd(), .events = POLLIN, .revents = 0};
    return ::poll(&waited, 1, 0) == 1;
  }
};

void assert_code(Code got, Code expected) {
  assert_int_equal(static_cast<int>(got), static_cast<int>(expected));
}

void test_pull_queue__gives_what_waits(void**) {
  PullFixture f;
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  f.submit(f.exchanges.exchange());
  assert_int_equal(f.queue.waiting(), 1);
  assert_code(f.next(milliseconds(0)), Code::kOk);
  assert_code(f.next(milliseconds(1)), Code::kTimeout);
}

void test_pull_queue__descriptor_tells_when_to_come_again(void**) {
  PullFixture f;
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  assert_false(f.is_readable());
  f.submit(f.exchanges.exchange());
  f.submit(f.exchanges.exchange());
  assert_true(f.is_readable());
  assert_code(f.next(milliseconds(0)), Code::kOk);
  assert_code(f.next(milliseconds(0)), Code::kOk);
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  assert_false(f.is_readable());
}

void test_pull_queue__signals_at_the_hand_over(void**) {
  PullFixture f;
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  f.queue.submit(f.exchanges.exchange());
  f.queue.submit(f.exchanges.exchange());
  assert_false(f.is_readable());
  f.queue.hand_over();
  assert_true(f.is_readable());
  assert_code(f.next(milliseconds(0)), Code::kOk);
  assert_code(f.next(milliseconds(0)), Code::kOk);
}

void test_pull_queue__does_not_signal_who_turns_the_loop(void**) {
  PullFixture f;
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  f.seat.note_turning(true);
  f.submit(f.exchanges.exchange());
  f.submit(f.exchanges.exchange());
  f.seat.note_turning(false);
  assert_false(f.is_readable());
  assert_code(f.next(milliseconds(0)), Code::kOk);
  assert_code(f.next(milliseconds(0)), Code::kOk);
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  f.submit(f.exchanges.exchange());
  assert_true(f.is_readable());
  assert_code(f.next(milliseconds(0)), Code::kOk);
}

void test_pull_queue__wakes_a_waiting_thread(void**) {
  PullFixture f;
  std::jthread submitter([&] { f.submit(f.exchanges.exchange()); });
  assert_code(f.next(kLong), Code::kOk);
}

void test_pull_queue__wake_is_sticky(void**) {
  PullFixture f;
  f.seat.wake();
  f.seat.wake();
  assert_true(f.is_readable());
  assert_code(f.next(kLong), Code::kInterrupted);
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  std::jthread waker([&] { f.seat.wake(); });
  assert_code(f.next(kLong), Code::kInterrupted);
}

void test_pull_queue__a_signal_interrupts(void**) {
  PullFixture f;
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before {};
  ::sigaction(SIGUSR1, &action, &before);
  const pthread_t waiting = ::pthread_self();
  std::atomic<bool> is_over{false};
  std::jthread signaller([&] {
    while (!is_over) {  // until one arrives while the thread waits
      ::pthread_kill(waiting, SIGUSR1);
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  assert_code(f.next(kLong), Code::kInterrupted);
  is_over = true;
  signaller.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

void test_pull_queue__closes_when_nothing_is_left(void**) {
  PullFixture f;
  f.submit(f.exchanges.exchange());
  f.queue.close();
  assert_code(f.next(kLong), Code::kOk);
  assert_code(f.next(kLong), Code::kClosed);
  assert_code(f.next(milliseconds(0)), Code::kClosed);
}

void test_pull_queue__close_ends_a_wait(void**) {
  PullFixture f;
  std::jthread closer([&] { f.queue.close(); });
  assert_code(f.next(kLong), Code::kClosed);
}

void test_pull_queue__filters_answer_for_the_worker(void**) {
  PullFixture f;
  f.submit(f.exchanges.exchange("GET /filtered HTTP/1.1\r\nHost: a\r\n\r\n"));
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  assert_contains(f.exchanges.sink->bytes, "HTTP/1.1 403 ");
}

void test_pull_queue__skips_clients_that_have_left(void**) {
  PullFixture f;
  f.submit(f.exchanges.exchange());
  f.exchanges.sink->why_gone = app::Gone::kDisconnected;
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  assert_int_equal(f.exchanges.sink->pushes, 0);
}

void test_pull_queue__a_leaving_seat_passes_its_call_on(void**) {
  PullFixture f;
  PullSeat other;
  assert_true(other.open().is_ok());
  f.queue.join(other);
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  base::Ref<Exchange> none;
  assert_code(f.queue.next(other, milliseconds(0), none).code(), Code::kTimeout);
  f.submit(f.exchanges.exchange());  // calls the seat that fell idle last
  assert_false(f.is_readable());
  f.queue.leave(other);
  assert_true(f.is_readable());
  assert_code(f.next(milliseconds(0)), Code::kOk);
}

void test_pull_queue__turns_away_what_the_queue_cannot_hold(void**) {
  PullFixture f;
  f.queue.set_queue_limits({.most = 1, .longest = milliseconds(100)});
  assert_code(f.next(milliseconds(0)), Code::kTimeout);
  f.submit(f.exchanges.exchange());  // the seat is called for it
  f.submit(f.exchanges.exchange());
  assert_int_equal(f.queue.waiting(), 2);
  ExchangeFixture refused;
  f.submit(refused.exchange());
  assert_contains(refused.sink->bytes, "HTTP/1.1 503 ");
  assert_code(f.next(milliseconds(0)), Code::kOk);
  ExchangeFixture refused_too;  // the seat is busy now
  f.submit(refused_too.exchange());
  assert_contains(refused_too.sink->bytes, "HTTP/1.1 503 ");
  f.queue.tick(milliseconds(100));
  assert_int_equal(f.queue.waiting(), 0);
}

void test_pull_queue__many_threads_lose_nothing(void**) {
  PullFixture f;
  constexpr int kRequests = 2000;
  std::atomic<int> taken{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      PullSeat seat;
      if (!seat.open().is_ok()) {
        return;
      }
      f.queue.join(seat);
      base::Ref<Exchange> exchange;
      for (;;) {
        const Status status = f.queue.next(seat, milliseconds(50), exchange);
        if (status.code() == Code::kClosed) {
          break;
        }
        if (status.is_ok()) {
          ++taken;
          static_cast<void>(exchange->reply(200, "", "x"));
          exchange.reset();
        }
      }
      f.queue.leave(seat);
    });
  }
  // Each with a sink of its own: the recording sink is for one thread.
  std::vector<ExchangeFixture> own(kRequests);
  for (ExchangeFixture& one : own) {
    f.submit(one.exchange());
  }
  wait_until(taken, kRequests);
  f.queue.close();
  threads.clear();
  assert_int_equal(taken, kRequests);
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
      cmocka_unit_test(test_pull_queue__gives_what_waits),
      cmocka_unit_test(test_pull_queue__descriptor_tells_when_to_come_again),
      cmocka_unit_test(test_pull_queue__signals_at_the_hand_over),
      cmocka_unit_test(test_pull_queue__does_not_signal_who_turns_the_loop),
      cmocka_unit_test(test_pull_queue__wakes_a_waiting_thread),
      cmocka_unit_test(test_pull_queue__wake_is_sticky),
      cmocka_unit_test(test_pull_queue__a_signal_interrupts),
      cmocka_unit_test(test_pull_queue__closes_when_nothing_is_left),
      cmocka_unit_test(test_pull_queue__close_ends_a_wait),
      cmocka_unit_test(test_pull_queue__filters_answer_for_the_worker),
      cmocka_unit_test(test_pull_queue__skips_clients_that_have_left),
      cmocka_unit_test(test_pull_queue__a_leaving_seat_passes_its_call_on),
      cmocka_unit_test(test_pull_queue__turns_away_what_the_queue_cannot_hold),
      cmocka_unit_test(test_pull_queue__many_threads_lose_nothing),
  };
  return cmocka_run_group_tests_name("app/dispatchers", tests, nullptr, nullptr);
}
