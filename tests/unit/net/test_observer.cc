// app/observation, net/observed_answers: each request is told of once, whatever has ended it.
#include "app/observation.h"
#include "support/loop_fixture.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::Cause;
using app::Moment;
using base::Millis;
using tests::LoopClient;
using tests::LoopFixture;

namespace {

constexpr std::string_view kGet = "GET /a?b HTTP/1.1\r\nHost: a\r\nUser-Agent: t\r\n\r\n";
constexpr std::string_view kPost = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

class Recorder final : public app::Observer {
 public:
  void on_end(app::Observation& seen) noexcept override { all.emplace_back(&seen); }
  std::vector<base::Ref<app::Observation>> all;
};

struct Observed : LoopFixture {
  Recorder recorder;

  Observed() {
    service->observers = std::make_unique<app::Observers>(clock);
    service->observers->all = {&recorder};
    service->observers->keep_heads = service->observers->keep_answers = true;
    service->limits.pauses_at_head = true;
  }
  ~Observed() { loop.reset(); }
  // The one that was told of last, of so many in all.
  const app::Observation& last(std::size_t of) {
    assert_int_equal(recorder.all.size(), of);
    return *recorder.all.back();
  }
  void assert_last(std::size_t of, Cause cause, int status) {
    assert_int_equal(static_cast<int>(last(of).cause()), static_cast<int>(cause));
    assert_int_equal(last(of).status(), status);
  }
};

void test_observer__an_answer_is_told_of_with_its_bytes_and_texts(void**) {
  Observed f;
  f.open();
  LoopClient client = f.client(kGet);
  const std::string answer = client.receive();
  f.assert_last(1, Cause::kAnswered, 200);
  const app::Observation& seen = f.last(1);
  assert_text_equal(std::string(seen.method()), "GET");
  assert_text_equal(std::string(seen.target()), "/a?b");
  assert_text_equal(std::string(seen.protocol()), "HTTP/1.1");
  assert_text_equal(std::string(seen.field("user-agent")), "t");
  assert_text_equal(std::string(seen.field("Host")), "a");
  assert_true(seen.field("Referer").empty());
  assert_text_equal(std::string(seen.answer_field("x")), "");
  assert_text_equal(std::string(seen.client()), "localhost");
  assert_int_equal(seen.bytes_in(), kGet.size());
  assert_int_equal(seen.bytes_out(), answer.size());
  assert_int_equal(seen.body_bytes_out(), 5);
}

void test_observer__moments_come_in_their_order(void**) {
  Observed f;
  f.open();
  LoopClient client = f.client();
  const auto step = [&](std::string_view bytes) {
    f.pass(Millis(1'000));
    client.send(bytes);
    f.turn();
  };
  step(kPost.substr(0, 10));
  step(kPost.substr(10));
  step("12345");
  f.assert_last(1, Cause::kAnswered, 200);
  const auto at = [&](Moment moment) { return f.last(1).time_of(moment).count() / 1'000'000; };
  const auto begun = at(Moment::kBegun);
  assert_int_equal(at(Moment::kAccepted), begun - 1);
  assert_int_equal(at(Moment::kHead), begun + 1);
  assert_int_equal(at(Moment::kWhole), begun + 2);
  assert_int_equal(at(Moment::kTaken), begun + 2);
  assert_int_equal(at(Moment::kLastByte), begun + 2);
  assert_int_equal(f.last(1).bytes_in(), kPost.size() + 5);
}

void test_observer__pipelined_requests_are_told_of_one_by_one(void**) {
  Observed f;
  f.open();
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += kGet;
  }
  LoopClient client = f.client(requests);
  const std::size_t received = client.receive().size();
  assert_int_equal(f.recorder.all.size(), 20);
  std::size_t sum = 0;
  for (const auto& seen : f.recorder.all) {
    sum += seen->bytes_out();
    assert_int_equal(seen->bytes_in(), kGet.size());
  }
  assert_int_equal(sum, received);
}

void test_observer__what_is_refused_is_told_of(void**) {
  Observed f;
  f.settings.head_limit = f.settings.body_limit = Millis(30'000);
  f.service->limits.max_body_bytes = 10;
  f.open();
  f.client("GET /a HTTP/1.1\r\nHost : a\r\n\r\n").receive();
  f.assert_last(1, Cause::kRefused, 400);
  assert_text_equal(std::string(f.last(1).target()), "/a");
  f.client("\x16\x03\x01 nonsense\r\n\r\n").receive();
  f.assert_last(2, Cause::kRefused, 400);
  assert_true(f.last(2).method().empty());
  f.client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n").receive();
  f.assert_last(3, Cause::kRefused, 413);
  const LoopClient slow_head = f.client(kGet.substr(0, 20));
  f.pass(Millis(31'000));
  f.assert_last(4, Cause::kHeaderTimeout, 408);
  const LoopClient slow_body = f.client(kPost);
  f.pass(Millis(31'000));
  f.assert_last(5, Cause::kBodyTimeout, 408);
  assert_text_equal(std::string(f.last(5).target()), "/p");
}

void test_observer__a_client_that_leaves_is_told_of_at_once(void**) {
  Observed f;
  f.open();
  f.client().close();
  f.client("\r\n").close();
  f.turn();
  assert_int_equal(f.recorder.all.size(), 0);
  f.client("GET").close();
  f.turn();
  f.assert_last(1, Cause::kClientGone, 0);
  f.client(kPost).close();
  f.turn();
  f.assert_last(2, Cause::kClientGone, 0);
  f.client("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n").close();
  f.turn();
  f.assert_last(3, Cause::kClientGone, 0);
  f.application.held.reset();
  f.turn();
  assert_int_equal(f.recorder.all.size(), 3);
}

void test_observer__an_answer_that_is_not_read_counts_what_was_sent(void**) {
  Observed f;
  f.settings.write_limit = Millis(30'000);
  f.open();
  LoopClient slow = f.client("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(f.recorder.all.size(), 0);
  f.pass(Millis(31'000));
  f.assert_last(1, Cause::kWriteTimeout, 200);
  assert_int_equal(f.last(1).bytes_out(), slow.receive().size());
  assert_int_equal(f.last(1).time_of(Moment::kLastByte).count(), 0);
  LoopClient gone = f.client("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  gone.receive(100);
  gone.close();
  f.turn();
  f.assert_last(2, Cause::kClientGone, 200);
  assert_true(f.last(2).bytes_out() < f.application.big_size);
}

void test_observer__the_page_in_place_of_a_late_answer_is_told_of(void**) {
  Observed f;
  f.settings.answer_limit = Millis(10'000);
  f.open();
  LoopClient held = f.client("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  f.pass(Millis(11'000));
  f.assert_last(1, Cause::kRequestTimeout, 503);
  assert_int_equal(f.last(1).bytes_out(), held.receive().size());
  static_cast<void>(f.application.held->reply(200, "", "late"));
  f.assert_last(1, Cause::kRequestTimeout, 503);
  LoopClient started = f.client("GET /started HTTP/1.1\r\nHost: a\r\n\r\n");
  f.pass(Millis(11'000));
  f.assert_last(2, Cause::kRequestTimeout, 200);
}

void test_observer__a_failed_application_and_a_detached_connection_are_told_of(void**) {
  Observed f;
  f.open();
  LoopClient failed = f.client("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  f.application.held->give_up("broken");
  f.assert_last(1, Cause::kFailed, 500);
  LoopClient cut = f.client("GET /started HTTP/1.1\r\nHost: a\r\n\r\n");
  f.application.held.reset();
  f.turn();
  f.assert_last(2, Cause::kFailed, 200);
  LoopClient detached = f.client("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  base::UniqueFd fd;
  base::ByteView ahead;
  assert_true(f.application.held->detach(fd, ahead).is_ok());
  f.turn();
  f.assert_last(3, Cause::kDetached, 0);
}

void test_observer__what_the_stop_cuts_is_told_of(void**) {
  Observed f;
  f.open();
  const LoopClient client = f.client("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  f.stop.limit_ms = 0;
  f.stop.is_asked = true;
  f.turn();
  f.assert_last(1, Cause::kStopped, 0);
}

void test_observer__an_interim_answer_is_no_first_byte(void**) {
  Observed f;
  f.open();
  LoopClient client =
      f.client("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const std::string interim = client.receive();
  assert_contains(interim, " 100 Continue");
  client.send("12345");
  f.turn();
  const std::size_t answer = interim.size() + client.receive().size();
  f.assert_last(1, Cause::kAnswered, 200);
  assert_int_equal(f.last(1).bytes_out(), answer);
  assert_int_equal(f.last(1).body_bytes_out(), 5);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_observer__an_answer_is_told_of_with_its_bytes_and_texts),
      cmocka_unit_test(test_observer__moments_come_in_their_order),
      cmocka_unit_test(test_observer__pipelined_requests_are_told_of_one_by_one),
      cmocka_unit_test(test_observer__what_is_refused_is_told_of),
      cmocka_unit_test(test_observer__a_client_that_leaves_is_told_of_at_once),
      cmocka_unit_test(test_observer__an_answer_that_is_not_read_counts_what_was_sent),
      cmocka_unit_test(test_observer__the_page_in_place_of_a_late_answer_is_told_of),
      cmocka_unit_test(test_observer__a_failed_application_and_a_detached_connection_are_told_of),
      cmocka_unit_test(test_observer__what_the_stop_cuts_is_told_of),
      cmocka_unit_test(test_observer__an_interim_answer_is_no_first_byte),
  };
  return cmocka_run_group_tests_name("net/observer", tests, nullptr, nullptr);
}
