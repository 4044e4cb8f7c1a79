// app/request_queue and app/consumer: requests for threads that ask.
#include <poll.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include "app/consumer.h"
#include "app/request_queue.h"
#include "support/cmocka.h"
#include "support/exchange_fixture.h"
#include "support/joining_thread.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::Consumer;
using app::Exchange;
using app::RequestQueue;
using base::Code;
using std::chrono::milliseconds;
using tests::ExchangeFixture;

namespace {

constexpr milliseconds kLong{10'000};
constexpr milliseconds kNone{0};

// A consumer that pulls, and the event that it sleeps on.
struct Puller {
  app::PolledEvent event;
  Consumer consumer{event};
  RequestQueue& queue;

  explicit Puller(RequestQueue& its_queue) : queue(its_queue) {
    assert_true(event.open().is_ok());
    queue.join(consumer);
  }
  ~Puller() { queue.leave(consumer); }
  Puller(const Puller&) = delete;
  Puller& operator=(const Puller&) = delete;

  void watch() {
    if (consumer.watch()) {
      queue.arm(consumer);
    }
  }
  Code next(milliseconds limit) {
    base::Ref<Exchange> exchange;
    const Code code = queue.next(consumer, base::TimeLimit(limit), exchange);
    assert_int_equal(code == Code::kOk, static_cast<bool>(exchange));
    if (exchange) {
      static_cast<void>(exchange->reply(200, "", "x"));
    }
    return code;
  }
  bool is_readable() const {
    pollfd waited{.fd = event.fd(), .events = POLLIN, .revents = 0};
    return ::poll(&waited, 1, 0) == 1;
  }
};

struct QueueFixture {
  ExchangeFixture exchanges;
  RequestQueue queue{RequestQueue::Calls::kMany};
  Puller puller{queue};

  void submit(base::Ref<Exchange> exchange) {
    queue.submit(std::move(exchange));
    queue.hand_over();
  }
  void submit() { submit(exchanges.exchange()); }
  Code next(milliseconds limit) { return puller.next(limit); }
  bool is_readable() const { return puller.is_readable(); }
};

void assert_code(Code got, Code expected) {
  assert_int_equal(static_cast<int>(got), static_cast<int>(expected));
}

void test_request_queue__gives_what_waits(void**) {
  QueueFixture f;
  assert_code(f.next(kNone), Code::kTimeout);
  f.submit();
  assert_int_equal(f.queue.waiting(), 1);
  assert_code(f.next(kNone), Code::kOk);
  assert_code(f.next(milliseconds(1)), Code::kTimeout);
}

void test_request_queue__descriptor_tells_from_the_first_watch_on(void**) {
  QueueFixture f;
  f.puller.watch();
  assert_false(f.is_readable());
  f.submit();
  assert_true(f.is_readable());
  QueueFixture late;
  late.submit();
  late.puller.watch();
  assert_true(late.is_readable());
  QueueFixture closed;
  closed.queue.close();
  closed.puller.watch();
  assert_true(closed.is_readable());
}

void test_request_queue__descriptor_tells_when_to_come_again(void**) {
  QueueFixture f;
  f.puller.watch();
  assert_code(f.next(kNone), Code::kTimeout);
  assert_false(f.is_readable());
  f.submit();
  f.submit();
  assert_true(f.is_readable());
  assert_code(f.next(kNone), Code::kOk);
  assert_code(f.next(kNone), Code::kOk);
  assert_code(f.next(kNone), Code::kTimeout);
  assert_false(f.is_readable());
}

// Several threads use the consumer in turn, while one watches its descriptor.
void test_request_queue__descriptor_tells_who_watches_of_a_request_behind_one_that_was_taken(
    void**) {
  QueueFixture f;
  f.puller.watch();
  f.queue.submit(f.exchanges.exchange());
  assert_code(f.next(kNone), Code::kOk);  // before it was called
  f.submit();
  assert_true(f.is_readable());
  assert_code(f.next(kNone), Code::kOk);
  assert_code(f.next(kNone), Code::kTimeout);
  assert_false(f.is_readable());
}

void test_request_queue__descriptor_tells_behind_a_wait_that_was_over(void**) {
  QueueFixture f;
  f.puller.watch();
  assert_code(f.next(milliseconds(1)), Code::kTimeout);
  assert_false(f.is_readable());
  f.submit();
  assert_true(f.is_readable());
}

void test_request_queue__signals_at_the_hand_over(void**) {
  QueueFixture f;
  f.puller.watch();
  f.queue.submit(f.exchanges.exchange());
  f.queue.submit(f.exchanges.exchange());
  assert_false(f.is_readable());
  f.queue.hand_over();
  assert_true(f.is_readable());
  assert_code(f.next(kNone), Code::kOk);
  assert_code(f.next(kNone), Code::kOk);
}

void test_request_queue__does_not_signal_who_turns_the_loop(void**) {
  QueueFixture f;
  f.puller.consumer.set_turning(true);
  assert_code(f.next(kNone), Code::kTimeout);
  f.submit();
  f.submit();
  assert_false(f.is_readable());
  assert_code(f.next(kNone), Code::kOk);
  assert_code(f.next(kNone), Code::kOk);
  assert_code(f.next(kNone), Code::kTimeout);
}

void test_request_queue__wakes_a_waiting_thread(void**) {
  QueueFixture f;
  tests::JoiningThread submitter([&] { f.submit(); });
  assert_code(f.next(kLong), Code::kOk);
}

// A thread that has gone away behind a wait is not called for a request that another could take.
void test_request_queue__calls_nobody_who_is_elsewhere(void**) {
  QueueFixture f;
  Puller other(f.queue);
  other.watch();
  assert_code(f.next(milliseconds(1)), Code::kTimeout);
  f.puller.consumer.wake();
  assert_code(f.next(kLong), Code::kInterrupted);
  f.submit();
  assert_true(other.is_readable());
}

void test_request_queue__wake_is_sticky(void**) {
  QueueFixture f;
  f.puller.consumer.wake();
  f.puller.consumer.wake();
  assert_true(f.is_readable());
  assert_code(f.next(kLong), Code::kInterrupted);
  assert_code(f.next(kNone), Code::kTimeout);
  tests::JoiningThread waker([&] { f.puller.consumer.wake(); });
  assert_code(f.next(kLong), Code::kInterrupted);
}

void test_request_queue__a_signal_interrupts(void**) {
  QueueFixture f;
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before {};
  ::sigaction(SIGUSR1, &action, &before);
  const pthread_t waiting = ::pthread_self();
  std::atomic<bool> is_over{false};
  tests::JoiningThread signaller([&] {
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

void test_request_queue__closes_when_nothing_is_left(void**) {
  QueueFixture f;
  f.submit();
  f.queue.close();
  assert_code(f.next(kLong), Code::kOk);
  assert_code(f.next(kLong), Code::kClosed);
  assert_code(f.next(kNone), Code::kClosed);
}

void test_request_queue__close_ends_a_wait(void**) {
  QueueFixture f;
  tests::JoiningThread closer([&] { f.queue.close(); });
  assert_code(f.next(kLong), Code::kClosed);
}

void test_request_queue__one_that_leaves_passes_its_call_on(void**) {
  QueueFixture f;
  f.puller.watch();
  {
    Puller other(f.queue);
    other.watch();
    f.submit();  // calls the one that fell idle last
    assert_false(f.is_readable());
    assert_true(other.is_readable());
  }
  assert_true(f.is_readable());
  assert_code(f.next(kNone), Code::kOk);
}

void test_request_queue__turns_away_what_the_queue_cannot_hold(void**) {
  QueueFixture f;
  f.queue.set_queue_limits({.max_waiting = 1, .max_wait = milliseconds(100)});
  f.puller.watch();
  f.submit();  // somebody is called for it
  f.submit();
  assert_int_equal(f.queue.waiting(), 2);
  ExchangeFixture refused;
  f.submit(refused.exchange());
  assert_contains(refused.sink->bytes, "HTTP/1.1 503 ");
  assert_code(f.next(kNone), Code::kOk);
  ExchangeFixture refused_too;  // who was called is busy now
  f.submit(refused_too.exchange());
  assert_contains(refused_too.sink->bytes, "HTTP/1.1 503 ");
}

void test_request_queue__turns_away_what_has_waited_too_long(void**) {
  QueueFixture f;
  f.queue.set_queue_limits({.max_waiting = 0, .max_wait = milliseconds(1000)});
  f.submit();
  f.queue.tick(milliseconds(400));
  f.queue.tick(milliseconds(800));
  assert_int_equal(f.queue.waiting(), 1);
  f.queue.tick(milliseconds(1200));
  assert_int_equal(f.queue.waiting(), 0);
  assert_contains(f.exchanges.sink->bytes, "HTTP/1.1 503 ");
}

void submit_at(QueueFixture& f, milliseconds now) {
  base::Ref<Exchange> exchange = f.exchanges.exchange();
  exchange->set_submitted(now);
  f.submit(std::move(exchange));
}

// The process stood still: no thread could have taken the request.
void test_request_queue__a_pause_does_not_count(void**) {
  QueueFixture f;
  f.queue.set_queue_limits({.max_waiting = 0, .max_wait = milliseconds(1000)});
  f.queue.tick(milliseconds(100'000));
  submit_at(f, milliseconds(100'100));
  f.queue.tick(milliseconds(170'000));
  assert_int_equal(f.queue.waiting(), 1);
  submit_at(f, milliseconds(170'100));
  f.queue.tick(milliseconds(170'400));
  assert_int_equal(f.queue.waiting(), 2);
  f.queue.tick(milliseconds(170'600));
  assert_int_equal(f.queue.waiting(), 1);
  f.queue.tick(milliseconds(171'100));
  assert_int_equal(f.queue.waiting(), 0);
}

// Without connections nobody looks at the clock, and nothing waits.
void test_request_queue__a_quiet_time_before_is_no_pause(void**) {
  QueueFixture f;
  f.queue.set_queue_limits({.max_waiting = 0, .max_wait = milliseconds(1000)});
  f.queue.tick(milliseconds(100'000));
  submit_at(f, milliseconds(300'000));
  f.queue.tick(milliseconds(300'500));
  assert_int_equal(f.queue.waiting(), 1);
  f.queue.tick(milliseconds(301'000));
  assert_int_equal(f.queue.waiting(), 0);
}

void test_request_queue__many_threads_lose_nothing(void**) {
  QueueFixture f;
  constexpr int kRequests = 2000;
  std::atomic<int> taken{0};
  std::vector<tests::JoiningThread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Puller puller(f.queue);
      for (Code code = Code::kTimeout; code != Code::kClosed;) {
        code = puller.next(milliseconds(50));
        taken += code == Code::kOk ? 1 : 0;
      }
    });
  }
  // Each with a sink of its own: the recording sink is for one thread.
  std::vector<ExchangeFixture> own(kRequests);
  for (ExchangeFixture& one : own) {
    f.submit(one.exchange());
  }
  while (taken < kRequests) {
    std::this_thread::yield();
  }
  f.queue.close();
  threads.clear();
  assert_int_equal(taken, kRequests);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_request_queue__gives_what_waits),
      cmocka_unit_test(test_request_queue__descriptor_tells_from_the_first_watch_on),
      cmocka_unit_test(test_request_queue__descriptor_tells_when_to_come_again),
      cmocka_unit_test(
          test_request_queue__descriptor_tells_who_watches_of_a_request_behind_one_that_was_taken),
      cmocka_unit_test(test_request_queue__descriptor_tells_behind_a_wait_that_was_over),
      cmocka_unit_test(test_request_queue__signals_at_the_hand_over),
      cmocka_unit_test(test_request_queue__does_not_signal_who_turns_the_loop),
      cmocka_unit_test(test_request_queue__wakes_a_waiting_thread),
      cmocka_unit_test(test_request_queue__calls_nobody_who_is_elsewhere),
      cmocka_unit_test(test_request_queue__wake_is_sticky),
      cmocka_unit_test(test_request_queue__a_signal_interrupts),
      cmocka_unit_test(test_request_queue__closes_when_nothing_is_left),
      cmocka_unit_test(test_request_queue__close_ends_a_wait),
      cmocka_unit_test(test_request_queue__one_that_leaves_passes_its_call_on),
      cmocka_unit_test(test_request_queue__turns_away_what_the_queue_cannot_hold),
      cmocka_unit_test(test_request_queue__turns_away_what_has_waited_too_long),
      cmocka_unit_test(test_request_queue__a_pause_does_not_count),
      cmocka_unit_test(test_request_queue__a_quiet_time_before_is_no_pause),
      cmocka_unit_test(test_request_queue__many_threads_lose_nothing),
  };
  return cmocka_run_group_tests_name("app/request_queue", tests, nullptr, nullptr);
}
