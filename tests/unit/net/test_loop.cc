// net/loop, net/connection, net/outbox: time limits, with a clock that the test moves.
#include <sys/resource.h>

#include <chrono>
#include <ctime>

#include "support/loop_fixture.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Millis;
using tests::LoopClient;
using tests::LoopFixture;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kHold = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kStarted = "GET /started HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kBig = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kPost = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
constexpr std::string_view kChunked =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

void test_loop__the_time_for_a_head_is_that_for_all_of_it(void**) {
  LoopFixture f;
  f.settings.head_limit = Millis(30'000);
  f.open();
  LoopClient client = f.client("GET / HTTP/1.1\r\nX: ");
  for (int i = 0; i < 29; ++i) {
    client.send("x");
    f.pass(Millis(1'000));
    assert_text_equal(client.receive(), "");
  }
  client.send("x");
  f.pass(Millis(1'000));
  assert_contains(client.receive(), " 408 Request Timeout\r\n");
  client.receive();
  assert_true(client.has_ended);
}

void test_loop__blank_lines_are_no_head(void**) {
  for (const auto& [first, second] :
       {std::pair{"\r\n"sv, ""sv}, std::pair{"\r"sv, "\n"sv}, std::pair{"\r"sv, ""sv}}) {
    LoopFixture f;
    f.settings.idle_limit = Millis(120'000);
    f.open();
    LoopClient client = f.client();
    client.send(first);
    f.pass(Millis(1'000));
    client.send(second);
    f.pass(Millis(118'000));
    assert_int_equal(f.connections(), 1);
    f.pass(Millis(1'000));
    assert_text_equal(client.receive(), "");
    assert_true(client.has_ended);
  }
}

void test_loop__idle_connections_end_without_a_word(void**) {
  LoopFixture f;
  f.settings.idle_limit = Millis(120'000);
  f.open();
  LoopClient fresh = f.client();
  LoopClient kept = f.client(kGet);
  assert_contains(kept.receive(), "hello");
  f.pass(Millis(119'999));
  assert_int_equal(f.connections(), 2);
  f.pass(Millis(250));
  assert_int_equal(f.connections(), 0);
  assert_text_equal(fresh.receive() + kept.receive(), "");
  assert_true(fresh.has_ended && kept.has_ended);
}

void test_loop__a_request_at_the_last_moment_is_served(void**) {
  LoopFixture f;
  f.settings.idle_limit = Millis(120'000);
  f.open();
  LoopClient client = f.client();
  client.send(kGet);
  f.pass(Millis(500'000));
  assert_contains(client.receive(), "hello");
}

// Where answers are made on the loop's thread nothing else is waited for between two heads.
void test_loop__each_head_has_its_own_time(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client("GET / HTTP/1.1\r\n");
  f.pass(Millis(29'000));
  client.send("Host: a\r\n\r\nGET / HTTP/1.1\r\n");
  f.turn();
  assert_contains(client.receive(), "hello");
  f.pass(Millis(29'000));
  client.send("Host: a\r\n\r\n");
  f.turn();
  assert_contains(client.receive(), "hello");
}

void test_loop__a_body_may_not_stand_still(void**) {
  LoopFixture f;
  f.settings.body_limit = Millis(30'000);
  f.settings.body_min_rate = 0;
  f.open();
  LoopClient client = f.client(kPost);
  for (int i = 0; i < 10; ++i) {
    client.send("x");
    f.pass(Millis(29'000));
    assert_text_equal(client.receive(), "");
  }
  f.pass(Millis(30'000));
  assert_contains(client.receive(), "The request body took too long");
}

// Sends a piece each second until the server answers: seconds it took, 0 for none in a minute.
int seconds_until_refused(LoopFixture& f, LoopClient& client, std::string_view piece) {
  for (int i = 1; i <= 60; ++i) {
    client.send(piece);
    f.pass(Millis(1'000));
    if (const std::string answer = client.receive(); !answer.empty()) {
      assert_contains(answer, "The request body came too slowly");
      return i;
    }
  }
  return 0;
}

void test_loop__a_body_has_a_least_rate(void**) {
  LoopFixture f;
  f.settings.body_limit = Millis(10'000);
  f.settings.body_min_rate = 500;
  f.open();
  LoopClient dripping = f.client(kPost);
  assert_int_equal(seconds_until_refused(f, dripping, std::string(400, 'x')), 11);
  LoopClient fast_enough = f.client(kPost);
  assert_int_equal(seconds_until_refused(f, fast_enough, std::string(500, 'x')), 0);
}

void test_loop__framing_is_no_progress_of_a_body(void**) {
  LoopFixture f;
  f.settings.body_limit = Millis(10'000);
  f.settings.body_min_rate = 10;
  f.open();
  LoopClient extended = f.client(kChunked);
  const std::string piece = "1;" + std::string(500, 'e') + "\r\nx\r\n";
  assert_int_equal(seconds_until_refused(f, extended, piece), 11);
}

void test_loop__a_client_that_takes_nothing_is_cut(void**) {
  LoopFixture f;
  f.settings.write_limit = Millis(60'000);
  f.open();
  LoopClient client = f.client(kBig);
  f.pass(Millis(59'000));
  assert_int_equal(f.connections(), 1);
  f.pass(Millis(1'000));
  assert_int_equal(f.connections(), 0);
}

// Takes so much each second: whether the connection lasts for five minutes.
bool lasts(LoopFixture& f, std::size_t taken_each_second) {
  LoopClient client = f.client(kBig);
  for (int i = 0; i < 300 && f.connections() == 1; ++i) {
    static_cast<void>(client.receive(taken_each_second));
    f.pass(Millis(1'000));
  }
  return f.connections() == 1;
}

void test_loop__output_has_a_least_rate(void**) {
  LoopFixture f;
  f.settings.write_limit = Millis(60'000);
  // A socket makes room for some kilobytes at once: far from it, on either side.
  f.settings.write_min_rate = 8'000;
  f.open();
  assert_true(lasts(f, 24'000));
  f.loop.reset();
  LoopFixture slow;
  slow.settings = f.settings;
  slow.settings.outbox.queue.storage = &slow.service->storage;
  slow.open();
  assert_false(lasts(slow, 2'000));
}

void test_loop__time_of_the_application_is_not_the_client_s(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kHold);
  for (int i = 0; i < 100; ++i) {
    f.pass(Millis(60'000));
  }
  assert_int_equal(f.connections(), 1);
  assert_true(f.application.held->reply(200, "", "at last").is_ok());
  f.turn();
  assert_contains(client.receive(), "at last");
}

void test_loop__an_answer_that_takes_too_long_is_a_503(void**) {
  LoopFixture f;
  f.settings.answer_limit = Millis(5'000);
  f.open();
  LoopClient client = f.client(kHold);
  f.pass(Millis(4'999));
  assert_true(f.application.held->peer_state() == app::PeerState::kPresent);
  f.pass(Millis(300));
  const std::string answer = client.receive();
  assert_contains(answer, "HTTP/1.1 503 Service Unavailable\r\n");
  assert_contains(answer, "Connection: close\r\n");
  assert_contains(answer, "The application took too long");
  assert_true(f.application.held->peer_state() == app::PeerState::kTimeUp);
  // The application comes too late, and nobody hears of it.
  assert_true(f.application.held->reply(200, "", "late").code() == base::Code::kDisconnected);
  f.turn();
  assert_text_equal(client.receive(), "");
  client.close();
  f.turn();
  assert_int_equal(f.connections(), 0);
}

void test_loop__half_an_answer_that_takes_too_long_is_cut(void**) {
  LoopFixture f;
  f.settings.answer_limit = Millis(5'000);
  f.open();
  LoopClient client = f.client(kStarted);
  assert_contains(client.receive(), "piece");
  f.pass(Millis(5'000));
  assert_text_equal(client.receive(), "");
  assert_true(client.has_ended);
  assert_int_equal(f.connections(), 0);
  assert_false(f.application.held->response().write("more").is_ok());
}

void test_loop__pipelined_answers_do_not_wait_for_the_rest_of_a_request(void**) {
  LoopFixture f;
  f.open();
  for (const std::string_view rest :
       {"G"sv, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"sv}) {
    LoopClient client = f.client(std::string(kGet).append(kGet).append(rest));
    const std::string answers = client.receive();
    assert_contains(answers, "hello");
    assert_true(answers.find("hello") != answers.rfind("hello"));
    f.pass(Millis(30'000));
    assert_contains(client.receive(), " 408 ");
  }
}

void test_loop__pipelined_answers_do_not_wait_for_one_that_takes_long(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(std::string(kGet).append(kHold));
  assert_contains(client.receive(), "hello");
  assert_true(f.application.held->reply(200, "", "at last").is_ok());
  f.turn();
  assert_contains(client.receive(), "at last");
}

// A client that stops reading behind the content must not find the end in front of the next answer.
void test_loop__the_last_piece_and_the_end_are_sent_together(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client();
  std::string seen;
  f.application.special = [&](app::Exchange& exchange) {
    app::ResponseWriter& response = exchange.response();
    static_cast<void>(response.start(200, {}));
    static_cast<void>(response.write("one"));
    seen = client.receive();
    static_cast<void>(response.write("two"));
    seen += client.receive();
    return response.end({});
  };
  client.send("GET /special HTTP/1.1\r\nHost: a\r\n\r\n");
  f.turn();
  assert_text_equal(seen, "");
  assert_contains(client.receive(), "\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}

void test_loop__what_is_flushed_or_large_does_not_wait_for_the_end(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client();
  std::string flushed;
  std::string large;
  f.application.special = [&](app::Exchange& exchange) {
    app::ResponseWriter& response = exchange.response();
    static_cast<void>(response.start(200, {}));
    static_cast<void>(response.write("one"));
    static_cast<void>(response.flush());
    flushed = client.receive();
    static_cast<void>(response.write("two"));
    static_cast<void>(response.write(std::string(20'000, 'x')));
    large = client.receive();
    return response.end({});
  };
  client.send("GET /special HTTP/1.1\r\nHost: a\r\n\r\n");
  f.turn();
  assert_contains(flushed, "\r\n\r\n3\r\none\r\n");
  assert_contains(large, "3\r\ntwo\r\n4E20\r\nxxx");
  assert_text_equal(client.receive(), "0\r\n\r\n");
}

void test_loop__what_is_held_is_sent_though_the_answer_goes_on(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kStarted);
  assert_contains(client.receive(), "piece");
  assert_true(f.application.held->response().write("more").is_ok());
  assert_contains(client.receive(), "more");
}

void test_loop__the_clock_on_the_wall_may_jump(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client("GET / HTTP/1.1\r\n");
  for (const std::time_t time : {std::time_t{0}, std::time_t{4'000'000'000}, std::time_t{1}}) {
    f.clock.set_wall_time(time);
    f.pass(Millis(1'000));
    assert_int_equal(f.connections(), 1);
  }
  client.send("Host: a\r\n\r\n");
  f.turn();
  assert_contains(client.receive(), "Date: Thu, 01 Jan 1970 00:00:01 GMT\r\n");
}

void test_loop__the_wall_clock_ends_nothing(void**) {
  LoopFixture f;
  f.open();
  LoopClient idle = f.client();
  LoopClient busy = f.client(kHold);
  LoopClient slow = f.client("GET / HTTP/1.1\r\nHost: a\r\n");
  for (const std::time_t time : {std::time_t{2'000'000'000}, std::time_t{0}}) {
    f.clock.set_wall_time(time);
    f.pass(Millis(250));
    assert_int_equal(f.connections(), 3);
  }
  slow.send("\r\n");
  f.turn();
  assert_contains(slow.receive(), "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
}

// The process may open no further descriptor as long as this lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

void test_loop__without_descriptors_it_says_so_every_ten_seconds(void**) {
  LoopFixture f;
  f.open();
  LoopClient waiting(f.address, f.address_size);
  {
    const NoDescriptors none;
    for (int i = 0; i < 39; ++i) {
      f.pass(Millis(250));
    }
    assert_int_equal(f.log->lines.size(), 1);
    assert_text_equal(f.log->lines[0], "cannot accept connections: Too many open files");
    f.pass(Millis(500));
    assert_int_equal(f.log->lines.size(), 3);
    assert_contains(f.log->lines[1], "accepting connections: 38 more line(s)");
    assert_text_equal(f.log->lines[2], f.log->lines[0]);
  }
  f.pass(Millis(250));
  assert_int_equal(f.connections(), 1);
}

void test_loop__at_its_limit_it_says_so_every_ten_seconds(void**) {
  LoopFixture f;
  f.settings.connection_limit = 1;
  f.open();
  unsigned warnings = 0;
  for (int i = 0; i < 11; ++i) {
    const LoopClient client = f.client(kGet);
    f.pass(Millis(i < 10 ? 900 : 1'000));
  }
  for (const std::string& line : f.log->lines) {
    warnings += line.find("reached the connection limit") != std::string::npos ? 1U : 0U;
  }
  assert_int_equal(warnings, 1);
  const LoopClient client = f.client(kGet);
  assert_contains(f.log->lines.back(), "reached the connection limit");
}

void test_loop__the_descriptor_of_who_leaves_is_used_at_once(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client(kGet);
  LoopClient waiting(f.address, f.address_size);
  {
    const NoDescriptors none;
    f.turn();
    assert_contains(f.log->lines.at(0), "cannot accept connections");
  }
  f.turn();
  assert_int_equal(f.connections(), 1);  // it looks again in a while
  waiting.send(kGet);
  client.close();
  f.turn();
  assert_int_equal(f.connections(), 1);
  assert_contains(waiting.receive(), "hello");
}

// What libevent and malloc take for a connection leaves this much of 600 bytes.
void test_loop__an_idle_connection_is_small(void**) {
  assert_in_range(sizeof(net::Connection) + sizeof(net::Outbox), 1, 384);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_loop__the_time_for_a_head_is_that_for_all_of_it),
      cmocka_unit_test(test_loop__blank_lines_are_no_head),
      cmocka_unit_test(test_loop__idle_connections_end_without_a_word),
      cmocka_unit_test(test_loop__a_request_at_the_last_moment_is_served),
      cmocka_unit_test(test_loop__each_head_has_its_own_time),
      cmocka_unit_test(test_loop__a_body_may_not_stand_still),
      cmocka_unit_test(test_loop__a_body_has_a_least_rate),
      cmocka_unit_test(test_loop__framing_is_no_progress_of_a_body),
      cmocka_unit_test(test_loop__a_client_that_takes_nothing_is_cut),
      cmocka_unit_test(test_loop__output_has_a_least_rate),
      cmocka_unit_test(test_loop__time_of_the_application_is_not_the_client_s),
      cmocka_unit_test(test_loop__an_answer_that_takes_too_long_is_a_503),
      cmocka_unit_test(test_loop__half_an_answer_that_takes_too_long_is_cut),
      cmocka_unit_test(test_loop__pipelined_answers_do_not_wait_for_the_rest_of_a_request),
      cmocka_unit_test(test_loop__pipelined_answers_do_not_wait_for_one_that_takes_long),
      cmocka_unit_test(test_loop__the_last_piece_and_the_end_are_sent_together),
      cmocka_unit_test(test_loop__what_is_flushed_or_large_does_not_wait_for_the_end),
      cmocka_unit_test(test_loop__what_is_held_is_sent_though_the_answer_goes_on),
      cmocka_unit_test(test_loop__the_clock_on_the_wall_may_jump),
      cmocka_unit_test(test_loop__the_wall_clock_ends_nothing),
      cmocka_unit_test(test_loop__without_descriptors_it_says_so_every_ten_seconds),
      cmocka_unit_test(test_loop__at_its_limit_it_says_so_every_ten_seconds),
      cmocka_unit_test(test_loop__the_descriptor_of_who_leaves_is_used_at_once),
      cmocka_unit_test(test_loop__an_idle_connection_is_small),
  };
  return cmocka_run_group_tests_name("net/loop", tests, nullptr, nullptr);
}
