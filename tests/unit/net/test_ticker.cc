// net/ticker, net/event: how long libevent waits. What it was built for may have another timeval
// than the library.
#include <fcntl.h>

#include <chrono>

#include "base/unique_fd.h"
#include "net/events/ticker.h"
#include "support/cmocka.h"

using namespace wserve;
using base::Millis;
using net::Ticker;

namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kPeriod{60};
// libevent may round down to what its clock counts.
constexpr Millis kRounding{10};

void test_ticker__no_tick_comes_before_its_time(void**) {
  for (const Ticker::Seen seen : {Ticker::Seen::kByLoop, Ticker::Seen::kByHost}) {
    const base::UniqueFd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    net::EventBase events;
    assert_true(net::make_event_base(any.get(), events).is_ok());
    int ticks = 0;
    Ticker ticker;
    const auto count = [](void* counted) { ++*static_cast<int*>(counted); };
    assert_true(ticker.open(events.get(), seen, count, &ticks).is_ok());
    const Clock::time_point begun = Clock::now();
    assert_true(ticker.start(kPeriod));
    while (ticks < 3) {
      assert_int_equal(event_base_loop(events.get(), EVLOOP_ONCE), 0);
      assert_true(Clock::now() - begun >= ticks * kPeriod - kRounding);
    }
    assert_true(ticker.stop());
  }
}

void test_ticker__a_wait_ends_at_its_time(void**) {
  const base::UniqueFd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  net::EventBase events;
  assert_true(net::make_event_base(any.get(), events).is_ok());
  for (const Millis wait : {Millis(0), Millis(70), Millis(1'080)}) {
    const auto nothing = [](int /*fd*/, short /*what*/, void* /*data*/) {};
    const Clock::time_point begun = Clock::now();
    const net::EventTime time(wait);
    assert_int_equal(event_base_once(events.get(), -1, EV_TIMEOUT, nothing, nullptr, time.get()),
                     0);
    assert_int_equal(event_base_loop(events.get(), EVLOOP_ONCE), 0);
    assert_true(Clock::now() - begun >= wait - kRounding);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_ticker__no_tick_comes_before_its_time),
      cmocka_unit_test(test_ticker__a_wait_ends_at_its_time),
  };
  return cmocka_run_group_tests_name("net/ticker", tests, nullptr, nullptr);
}
