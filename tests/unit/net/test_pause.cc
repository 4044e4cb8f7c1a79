// net/loop: the process stands still for longer than any limit, and nobody is late because of it.
#include "support/loop_fixture.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Millis;
using tests::LoopClient;
using tests::LoopFixture;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kHold = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kBig = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kPost = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
constexpr Millis kPause = std::chrono::hours(1);

void test_pause__half_a_request_goes_on(void**) {
  LoopFixture f;
  f.open();
  const std::string half(50'000, 'x');
  LoopClient head = f.client("GET / HTTP/1.1\r\n");
  LoopClient body = f.client(std::string(kPost) + half);
  head.send("Host: a\r\n\r\n");
  body.send(half);
  f.pause(kPause);
  assert_contains(head.receive(), "hello");
  assert_contains(body.receive(), "hello");
}

void test_pause__who_sends_no_more_is_still_found_out(void**) {
  LoopFixture f;
  f.open();
  LoopClient head = f.client("GET / HTTP/1.1\r\n");
  LoopClient body = f.client(std::string(kPost) + "x");
  f.pause(kPause);
  assert_text_equal(head.receive(), "");
  assert_text_equal(body.receive(), "");
  f.pass(Millis(30'000));
  assert_contains(head.receive(), " 408 ");
  assert_contains(body.receive(), " 408 ");
}

// What was sent at the last moment is read before the limit counts.
void test_pause__the_socket_is_read_before_anybody_is_given_up(void**) {
  LoopFixture f;
  f.open();
  LoopClient head = f.client("GET / HTTP/1.1\r\n");
  f.pass(Millis(29'999));
  head.send("Host: a\r\n\r\n");
  f.pause(kPause);
  assert_contains(head.receive(), "hello");
}

void test_pause__a_pause_does_not_slow_a_body(void**) {
  LoopFixture f;
  f.settings.body_limit = Millis(10'000);
  f.settings.body_min_rate = 500;
  f.open();
  LoopClient client = f.client(kPost);
  for (int i = 0; i < 100; ++i) {
    client.send(std::string(1'000, 'x'));
    f.pass(Millis(1'000));
    f.pause(Millis(60'000));
  }
  assert_contains(client.receive(), "hello");
}

void test_pause__a_download_goes_on(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kBig);
  std::size_t got = 0;
  for (int i = 0; i < 50 && got < f.application.big_size; ++i) {
    got += client.receive(400'000).size();
    f.pause(kPause);
  }
  assert_true(got > f.application.big_size);
}

void test_pause__who_is_idle_is_served(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kGet);
  client.receive();
  f.pause(kPause);
  client.send(kGet);
  f.turn();
  assert_contains(client.receive(), "hello");
  f.pass(Millis(120'000));
  client.receive();
  assert_true(client.has_ended);
}

void test_pause__an_answer_has_its_time(void**) {
  LoopFixture f;
  f.settings.answer_limit = Millis(5'000);
  f.open();
  LoopClient client = f.client(kHold);
  f.pause(kPause);
  assert_true(f.application.held->reply(200, "", "after all").is_ok());
  f.turn();
  assert_contains(client.receive(), "after all");
}

void test_pause__a_proxy_header_is_read(void**) {
  LoopFixture f;
  f.speaks_proxy = true;
  f.open();
  LoopClient announced = f.client("PROXY TCP4 192.0.2.1 192.0.2.2 1");
  LoopClient silent = f.client("PROXY ");
  announced.send("7 443\r\n" + std::string(kGet));
  f.pause(kPause);
  assert_contains(announced.receive(), "hello");
  silent.receive();
  assert_false(silent.has_ended);
  f.pass(Millis(5'000));
  silent.receive();
  assert_true(silent.has_ended);
}

void test_pause__a_refused_client_reads_its_answer(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client("nonsense\r\n\r\n");
  f.pause(kPause);
  assert_int_equal(f.connections(), 1);
  f.pass(Millis(2'000));
  assert_int_equal(f.connections(), 0);
  assert_contains(client.receive(), " 400 ");
}

void test_pause__a_stopping_server_waits_as_long_as_it_would_have(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kHold);
  f.stop.limit_ms = 10'000;
  f.stop.is_asked = true;
  assert_true(f.turn());
  f.pause(kPause);
  assert_true(f.application.held->reply(200, "", "after all").is_ok());
  f.turn();
  assert_contains(client.receive(), "after all");
}

// One long call of an application on the loop's own thread (threads=0).
void test_pause__time_of_the_application_is_no_client_s(void**) {
  LoopFixture f;
  f.application.before_hello = [&f] { f.clock.advance(kPause); };
  f.open();
  LoopClient head = f.client("GET / HTTP/1.1\r\n");
  LoopClient caller(f.address, f.address_size);
  LoopClient other(f.address, f.address_size);
  f.turn();
  caller.send(kGet);
  other.send(kGet);
  f.turn();
  head.send("Host: a\r\n\r\n");
  f.turn();
  for (LoopClient* client : {&caller, &other, &head}) {
    assert_contains(client->receive(), "hello");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_pause__half_a_request_goes_on),
      cmocka_unit_test(test_pause__who_sends_no_more_is_still_found_out),
      cmocka_unit_test(test_pause__the_socket_is_read_before_anybody_is_given_up),
      cmocka_unit_test(test_pause__a_pause_does_not_slow_a_body),
      cmocka_unit_test(test_pause__a_download_goes_on),
      cmocka_unit_test(test_pause__who_is_idle_is_served),
      cmocka_unit_test(test_pause__an_answer_has_its_time),
      cmocka_unit_test(test_pause__a_proxy_header_is_read),
      cmocka_unit_test(test_pause__a_refused_client_reads_its_answer),
      cmocka_unit_test(test_pause__a_stopping_server_waits_as_long_as_it_would_have),
      cmocka_unit_test(test_pause__time_of_the_application_is_no_client_s),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
