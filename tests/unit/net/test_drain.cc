// net/loop: how it comes to its end, with a clock that the test moves.
#include <event2/event.h>

#include "support/loop_fixture.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Millis;
using tests::LoopClient;
using tests::LoopFixture;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kHold = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";

void begin_drain(LoopFixture& f, Millis limit) {
  f.stop.limit_ms = limit.count();
  f.stop.is_asked = true;
}

void test_drain__who_has_been_idle_leaves_at_once(void**) {
  LoopFixture f;
  f.open();
  LoopClient idle = f.client();
  f.pass(Millis(1'000));
  LoopClient busy = f.client(kHold);
  begin_drain(f, Millis(30'000));
  assert_true(f.turn());
  idle.receive();
  assert_true(idle.has_ended);
  assert_int_equal(f.connections(), 1);
}

void test_drain__who_is_about_to_send_is_served(void**) {
  LoopFixture f;
  f.open();
  LoopClient fresh = f.client();
  LoopClient kept = f.client(kGet);
  assert_contains(kept.receive(), "hello");
  begin_drain(f, Millis(30'000));
  f.pass(Millis(400));
  for (LoopClient* client : {&fresh, &kept}) {
    client->send(kGet);
    f.turn();
    const std::string answer = client->receive();
    assert_contains(answer, "Connection: close\r\n");
    assert_contains(answer, "hello");
    client->receive();
    assert_true(client->has_ended);
    client->close();
  }
  assert_false(f.turn());
}

// A loop that is late for its tick would be said to stand still.
void test_drain__a_turn_counts_the_time_that_it_has_waited(void**) {
  LoopFixture f;
  f.open();
  const LoopClient client = f.client(kHold);
  begin_drain(f, Millis(30'000));
  assert_true(f.turn());
  const auto wait = [](int /*fd*/, short /*what*/, void* clock) {
    static_cast<tests::FakeClock*>(clock)->advance(Millis(300));
  };
  const net::EventTime at_once(Millis(0));
  assert_int_equal(event_base_once(f.loop->events(), -1, EV_TIMEOUT, wait, &f.clock, at_once.get()),
                   0);
  const std::int64_t due = f.stats.due_ms;
  assert_true(f.loop->turn(Millis(0)));
  assert_true(f.stats.due_ms > due);
}

void test_drain__but_not_waited_for_long(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client();
  begin_drain(f, Millis(30'000));
  f.pass(Millis(250));
  assert_int_equal(f.connections(), 1);
  f.pass(Millis(250));
  assert_int_equal(f.connections(), 0);
  assert_false(f.turn());
}

// They wait in the backlog with their requests sent.
void test_drain__who_waits_at_the_connection_limit_is_served(void**) {
  LoopFixture f;
  f.settings.connection_limit = 1;
  f.open();
  LoopClient idle = f.client();
  std::vector<LoopClient> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(f.client(kGet));
  }
  assert_int_equal(f.connections(), 1);
  begin_drain(f, Millis(30'000));
  assert_true(f.turn());
  for (LoopClient& client : waiting) {
    assert_contains(client.receive(), "hello");
    client.close();
  }
  idle.close();
  assert_false(f.turn());
}

// A balancer that has connected, and has not said for whom.
void test_drain__who_has_not_been_announced_is_not_waited_for_either(void**) {
  LoopFixture f;
  f.speaks_proxy = true;
  f.open();
  LoopClient early = f.client();
  f.pass(Millis(1'000));
  LoopClient late = f.client();
  assert_int_equal(f.connections(), 2);
  begin_drain(f, Millis(30'000));
  assert_true(f.turn());
  assert_int_equal(f.connections(), 1);
  f.pass(Millis(500));
  assert_int_equal(f.connections(), 0);
  assert_int_equal(f.log->lines.size(), 0);
  assert_false(f.turn());
}

void test_drain__what_has_connected_already_is_taken(void**) {
  LoopFixture f;
  f.open();
  std::vector<LoopClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(f.address, f.address_size).send(kGet);
  }
  begin_drain(f, Millis(30'000));
  f.turn();
  for (LoopClient& client : clients) {
    assert_contains(client.receive(), "hello");
  }
  const base::UniqueFd refused(::socket(AF_UNIX, SOCK_STREAM, 0));
  assert_int_equal(
      ::connect(refused.get(), reinterpret_cast<sockaddr*>(&f.address), f.address_size), -1);
}

void test_drain__answers_that_are_being_made_are_waited_for(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kHold);
  begin_drain(f, Millis(30'000));
  f.pass(Millis(29'000));
  assert_true(f.application.held->peer_state() == app::PeerState::kDraining);
  assert_true(f.application.held->reply(200, "", "in time").is_ok());
  f.turn();
  const std::string answer = client.receive();
  assert_contains(answer, "in time");
  assert_contains(answer, "Connection: close\r\n");
}

void test_drain__what_is_left_is_cut(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kHold);
  begin_drain(f, Millis(30'000));
  assert_true(f.turn());
  f.pass(Millis(29'999));
  assert_int_equal(f.connections(), 1);
  f.pass(Millis(250));
  assert_false(f.turn());
  assert_text_equal(client.receive(), "");
  assert_true(client.has_ended);
}

void test_drain__a_second_order_may_shorten_the_time(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kHold);
  begin_drain(f, Millis(30'000));
  assert_true(f.turn());
  f.stop.limit_ms = 0;
  assert_false(f.turn());
  client.receive();
  assert_true(client.has_ended);
}

void test_drain__a_cut_takes_no_answer_from_who_has_got_all_of_it(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  begin_drain(f, Millis(0));
  assert_false(f.turn());
  assert_contains(client.receive(), "hello");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_drain__who_has_been_idle_leaves_at_once),
      cmocka_unit_test(test_drain__who_is_about_to_send_is_served),
      cmocka_unit_test(test_drain__a_turn_counts_the_time_that_it_has_waited),
      cmocka_unit_test(test_drain__but_not_waited_for_long),
      cmocka_unit_test(test_drain__who_waits_at_the_connection_limit_is_served),
      cmocka_unit_test(test_drain__who_has_not_been_announced_is_not_waited_for_either),
      cmocka_unit_test(test_drain__what_has_connected_already_is_taken),
      cmocka_unit_test(test_drain__answers_that_are_being_made_are_waited_for),
      cmocka_unit_test(test_drain__what_is_left_is_cut),
      cmocka_unit_test(test_drain__a_second_order_may_shorten_the_time),
      cmocka_unit_test(test_drain__a_cut_takes_no_answer_from_who_has_got_all_of_it),
  };
  return cmocka_run_group_tests_name("net/drain", tests, nullptr, nullptr);
}
