// app/request_queue and app/consumer, stopped between any two steps, in every order of steps.
#include <functional>

#include "app/consumer.h"
#include "app/request_queue.h"
#include "support/cmocka.h"
#include "support/exchange_fixture.h"
#include "support/stage.h"

using namespace wserve;
using app::Exchange;
using app::RequestQueue;
using base::Code;
using tests::ExchangeFixture;
using tests::Order;
using tests::Stage;

namespace {

// Its users stop before each step. The queue's do so with the lock held, one that wakes without.
template <typename T>
class SteppedAtomic {
 public:
  explicit SteppedAtomic(T value) : value_(value) {}
  T load() const {
    Stage::stop();
    return value_;
  }
  void fetch_add(T added) {
    Stage::stop();
    value_ += added;
  }

 private:
  T value_;
};

using SteppedConsumer = app::BasicConsumer<SteppedAtomic>;

class SteppedEvent final : public app::WakeEvent {
 public:
  explicit SteppedEvent(Stage& stage) : stage_(stage) {}

  void set() noexcept override {
    Stage::stop();
    is_set_ = true;
  }
  void clear() noexcept override {
    Stage::stop();
    is_set_ = false;
  }
  [[nodiscard]] Code wait(std::chrono::milliseconds limit) noexcept override {
    const bool is_ready =
        stage_.sleep([this] { return is_set_; }, limit >= std::chrono::milliseconds(0));
    return is_ready ? Code::kOk : Code::kTimeout;
  }
  [[nodiscard]] bool is_set() const { return is_set_; }

 private:
  Stage& stage_;
  bool is_set_ = false;
};

// A queue, one consumer, and what has come of it.
struct Scene {
  ExchangeFixture& exchanges;
  Stage stage;
  SteppedEvent event{stage};
  SteppedConsumer consumer{event};
  RequestQueue queue{RequestQueue::Calls::kMany};
  int taken = 0;
  int woken = 0;

  Scene(ExchangeFixture& its_exchanges, Order& order) : exchanges(its_exchanges), stage(order) {
    queue.join(consumer);
  }
  ~Scene() { queue.leave(consumer); }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  Code next(int limit_ms) {
    base::Ref<Exchange> exchange;
    const base::TimeLimit limit{std::chrono::milliseconds(limit_ms)};
    const Code code = queue.next(consumer, limit, exchange);
    if (exchange) {
      static_cast<void>(exchange->reply(200, "", "x"));
    }
    taken += code == Code::kOk ? 1 : 0;
    woken += code == Code::kInterrupted ? 1 : 0;
    return code;
  }

  // -- actors

  void submit() {
    stage.add([this] {
      queue.submit(exchanges.exchange());
      Stage::stop(false);
      queue.hand_over();
    });
  }
  void wake() {
    stage.add([this] { consumer.wake(); }, false);
  }
  // A thread that blocks in next().
  void pull(int requests, int wakes, int limit_ms) {
    stage.add([this, requests, wakes, limit_ms] {
      while (taken < requests || woken < wakes) {
        next(limit_ms);
      }
    });
  }
  // An event loop of the host program: it watches the descriptor, and asks without waiting.
  void watch(int requests, int wakes) {
    assert_true(consumer.watch());
    queue.arm(consumer);
    stage.add([this, requests, wakes] {
      while (taken < requests || woken < wakes) {
        stage.sleep([this] { return event.is_set(); }, false);
        next(0);
      }
    });
  }

  // Behind the last step everything is calm: no event is left, and none is lost.
  void check(int requests, int wakes) {
    assert_int_equal(taken, requests);
    assert_int_equal(woken, wakes);
    bool is_calm = false;  // said on the test's own thread: from another one nobody reads it
    stage.add([&] { is_calm = next(0) == Code::kTimeout && !event.is_set(); });
    stage.play();
    assert_true(is_calm);
  }
};

// Plays a scene in every order and says how many there were.
void in_every_order(int requests, int wakes, const std::function<void(Scene&)>& cast) {
  ExchangeFixture exchanges;
  Order order;
  int orders = 0;
  do {
    Scene scene(exchanges, order);
    cast(scene);
    scene.stage.play();
    scene.check(requests, wakes);
    ++orders;
  } while (order.next());
  print_message("%d orders\n", orders);
  assert_true(orders > 1);
}

void test_request_queue_steps__a_wake_ends_one_wait(void**) {
  in_every_order(0, 1, [](Scene& scene) {
    scene.wake();
    scene.pull(0, 1, -1);
  });
}

void test_request_queue_steps__a_wake_ends_one_wait_with_a_limit(void**) {
  in_every_order(0, 1, [](Scene& scene) {
    scene.wake();
    scene.pull(0, 1, 100);
  });
}

void test_request_queue_steps__a_wake_is_seen_by_who_watches(void**) {
  in_every_order(0, 1, [](Scene& scene) {
    scene.wake();
    scene.watch(0, 1);
  });
}

void test_request_queue_steps__a_request_ends_a_wait(void**) {
  in_every_order(1, 0, [](Scene& scene) {
    scene.submit();
    scene.pull(1, 0, -1);
  });
}

void test_request_queue_steps__a_request_ends_a_wait_with_a_limit(void**) {
  in_every_order(1, 0, [](Scene& scene) {
    scene.submit();
    scene.pull(1, 0, 100);
  });
}

void test_request_queue_steps__a_request_is_seen_by_who_watches(void**) {
  in_every_order(1, 0, [](Scene& scene) {
    scene.submit();
    scene.watch(1, 0);
  });
}

void test_request_queue_steps__neither_a_request_nor_a_wake_is_lost(void**) {
  in_every_order(1, 1, [](Scene& scene) {
    scene.wake();
    scene.submit();
    scene.pull(1, 1, -1);
  });
}

void test_request_queue_steps__who_watches_misses_neither(void**) {
  in_every_order(1, 1, [](Scene& scene) {
    scene.wake();
    scene.submit();
    scene.watch(1, 1);
  });
}

// Two threads use one consumer in turn: one watches, the other takes what it finds.
void test_request_queue_steps__who_watches_learns_of_what_another_thread_left(void**) {
  in_every_order(2, 0, [](Scene& scene) {
    scene.submit();
    scene.submit();
    scene.watch(2, 0);
    scene.stage.add([&scene] { scene.next(0); });
  });
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_request_queue_steps__a_wake_ends_one_wait),
      cmocka_unit_test(test_request_queue_steps__a_wake_ends_one_wait_with_a_limit),
      cmocka_unit_test(test_request_queue_steps__a_wake_is_seen_by_who_watches),
      cmocka_unit_test(test_request_queue_steps__a_request_ends_a_wait),
      cmocka_unit_test(test_request_queue_steps__a_request_ends_a_wait_with_a_limit),
      cmocka_unit_test(test_request_queue_steps__a_request_is_seen_by_who_watches),
      cmocka_unit_test(test_request_queue_steps__neither_a_request_nor_a_wake_is_lost),
      cmocka_unit_test(test_request_queue_steps__who_watches_misses_neither),
      cmocka_unit_test(test_request_queue_steps__who_watches_learns_of_what_another_thread_left),
  };
  return cmocka_run_group_tests_name("app/request_queue_steps", tests, nullptr, nullptr);
}
