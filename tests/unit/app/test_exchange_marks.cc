// app/exchange_marks: ids and queue time in the environ, in the answer and in the log.
#include <functional>
#include <string>
#include <vector>

#include "app/exchange.h"
#include "support/cmocka.h"
#include "support/exchange_fixture.h"
#include "support/fake_clock.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::Exchange;
using base::Code;
using base::Status;
using gateway::ProxyHeader;
using tests::TestApp;

namespace {

// The clock stands at 784111777 seconds.
struct Fixture {
  std::shared_ptr<tests::FakeClock> clock = std::make_shared<tests::FakeClock>();
  tests::ExchangeFixture f;

  Fixture() {
    f.service = std::make_shared<app::Service>(f.log, gateway::Site{}, clock);
    f.pool = app::ExchangePool::make(f.service);
  }
  void trust() {
    assert_true(gateway::TrustedPeers::parse("127.0.0.1", f.service->proxy.edit().peers).is_ok());
    f.service->proxy.edit().headers.insert(ProxyHeader::kRequestStart);
    f.service->proxy.edit().headers.insert(ProxyHeader::kRequestId);
  }
  void give_ids() { f.service->proxy.edit().request_id = {"X-Request-ID", "HTTP_X_REQUEST_ID"}; }

  std::string run(const std::string& fields, TestApp::Function function) {
    TestApp application(std::move(function));
    f.exchange("GET /p HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")->run(application);
    return f.sink->take();
  }
  // What the application finds under a key; "-" when there is none.
  std::string told(const std::string& fields, const char* key) {
    std::string value = "-";
    run(fields, [&](Exchange& exchange) {
      const char* found = exchange.find_value(key);
      value = found != nullptr ? found : "-";
      return exchange.reply(200, "", "");
    });
    return value;
  }
};

Status answer(Exchange& exchange) {
  return exchange.reply(200, "", "");
}

std::string field_in(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  const std::size_t begin = at + name.size() + 4;
  return at == std::string::npos ? "-" : head.substr(begin, head.find("\r\n", begin) - begin);
}

void test_exchange_marks__without_the_option_there_is_no_id(void**) {
  Fixture f;
  assert_text_equal(f.told("X-Request-ID: theirs\r\n", "ws.request_id"), "-");
  assert_text_equal(f.told("X-Request-ID: theirs\r\n", "HTTP_X_REQUEST_ID"), "theirs");
  assert_text_equal(field_in(f.run("", answer), "X-Request-ID"), "-");
}

void test_exchange_marks__each_request_gets_an_id_of_its_own(void**) {
  Fixture f;
  f.give_ids();
  std::string last;
  for (int i = 0; i < 3; ++i) {
    std::string id;
    const std::string head = f.run("", [&](Exchange& exchange) {
      id = exchange.find_value("ws.request_id");
      assert_text_equal(exchange.find_value("HTTP_X_REQUEST_ID"), id);
      return answer(exchange);
    });
    assert_int_equal(id.size(), 32);
    assert_text_equal(field_in(head, "X-Request-ID"), id);
    assert_true(id != last);
    last = id;
  }
}

void test_exchange_marks__an_id_of_nobodys_is_replaced(void**) {
  Fixture f;
  f.give_ids();
  assert_int_equal(f.told("X-Request-ID: theirs\r\n", "HTTP_X_REQUEST_ID").size(), 32);
  f.trust();
  assert_text_equal(f.told("X-Request-ID: theirs\r\n", "HTTP_X_REQUEST_ID"), "theirs");
  assert_text_equal(f.told("X-Request-ID: theirs\r\n", "ws.request_id"), "theirs");
  assert_text_equal(field_in(f.run("X-Request-ID: theirs\r\n", answer), "X-Request-ID"), "theirs");
  assert_int_equal(f.told("X-Request-ID: a b\r\n", "HTTP_X_REQUEST_ID").size(), 32);
  assert_int_equal(f.told("X-Request-ID: a\r\nX-Request-ID: b\r\n", "ws.request_id").size(), 32);
}

void test_exchange_marks__an_answer_has_one_id(void**) {
  Fixture f;
  f.give_ids();
  const std::string head = f.run("", [](Exchange& exchange) {
    assert_true(exchange.response().add_field("x-request-id", "mine").is_ok());
    return answer(exchange);
  });
  assert_text_equal(field_in(head, "x-request-id"), "mine");
  assert_text_equal(field_in(head, "X-Request-ID"), "-");
}

void test_exchange_marks__failures_are_named(void**) {
  Fixture f;
  f.give_ids();
  f.trust();
  const std::string head = f.run("X-Request-ID: theirs\r\n",
                                 [](Exchange&) { return Status(Code::kApplication, "broken"); });
  assert_contains(head, "HTTP/1.1 500 ");
  assert_text_equal(field_in(head, "X-Request-ID"), "theirs");
  assert_text_equal(f.f.log->lines.at(0), "Exception while serving /p (theirs): broken");
}

void test_exchange_marks__who_is_rejected_is_named(void**) {
  Fixture f;
  f.give_ids();
  f.f.exchange()->reject(app::Cause::kQueueFull);
  assert_contains(f.f.sink->bytes, "HTTP/1.1 503 ");
  assert_int_equal(field_in(f.f.sink->bytes, "X-Request-ID").size(), 32);
}

void test_exchange_marks__queue_time_is_from_the_proxy_to_the_thread(void**) {
  Fixture f;
  f.trust();
  assert_text_equal(f.told("X-Request-Start: t=784111776.5\r\n", "ws.queue_time"), "500000");
  assert_text_equal(f.told("X-Request-Start: t=784111777\r\n", "ws.queue_time"), "0");
  assert_text_equal(f.told("", "ws.queue_time"), "-");
}

// At its head the request is known already, and it waits on.
void test_exchange_marks__what_passes_behind_the_head_counts(void**) {
  Fixture f;
  f.trust();
  const auto exchange =
      f.f.exchange("GET /p HTTP/1.1\r\nHost: a\r\nX-Request-Start: 784111776.5\r\n\r\n");
  assert_true(exchange->prepare());
  f.clock->advance(base::Millis(250));
  std::string told;
  TestApp application([&](Exchange& e) {
    told = e.find_value("ws.queue_time");
    return answer(e);
  });
  exchange->run(application);
  assert_text_equal(told, "750000");
}

void test_exchange_marks__absurd_times_are_nothing(void**) {
  Fixture f;
  f.trust();
  for (const char* time : {"784111778", "784108176", "999999999999", "0", "then"}) {
    assert_text_equal(f.told("X-Request-Start: " + std::string(time) + "\r\n", "ws.queue_time"),
                      "-");
  }
  assert_text_equal(f.told("X-Request-Start: 784108177\r\n", "ws.queue_time"), "3600000000");
}

void test_exchange_marks__strangers_times_are_nothing(void**) {
  Fixture f;
  f.trust();
  f.f.service->proxy.edit().peers = {};
  assert_text_equal(f.told("X-Request-Start: 784111776\r\n", "ws.queue_time"), "-");
  assert_text_equal(f.told("X-Request-Start: 784111776\r\n", "HTTP_X_REQUEST_START"), "-");
}

void test_exchange_marks__server_timing_says_both_times(void**) {
  Fixture f;
  f.trust();
  f.f.service->tells_timing = true;
  app::Observers observers(*f.clock);
  const auto run = [&](const std::string& fields) {
    const auto exchange = f.f.exchange("GET /p HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    const auto seen =
        app::Observation::make(observers, exchange->endpoint(), f.clock->precise_now());
    exchange->observe(seen);
    seen->reach(app::Moment::kHead);
    seen->reach(app::Moment::kWhole);
    exchange->open(exchange->endpoint(), base::Ref<app::ResponseSink>(f.f.sink.get()), {}, true);
    f.clock->advance(base::Millis(2));
    TestApp application([&](Exchange& e) {
      f.clock->advance(base::Millis(30));
      return answer(e);
    });
    exchange->run(application);
    return field_in(f.f.sink->take(), "Server-Timing");
  };
  assert_text_equal(run(""), "queue;dur=2.000, app;dur=30.000");
  assert_text_equal(run("X-Request-Start: 784111776.5\r\n"), "queue;dur=500.000, app;dur=30.000");
  f.f.service->tells_timing = false;
  assert_text_equal(run(""), "-");
}

// Once the answer is given, however long the application then takes, or keeps its handle.
void test_exchange_marks__an_answered_request_is_not_slow(void**) {
  Fixture f;
  f.f.service->running = std::make_unique<app::RunningRequests>(base::Millis(100));
  app::RunningRequests& running = *f.f.service->running;
  std::vector<app::RunningRequests::Slow> before;
  std::vector<app::RunningRequests::Slow> behind;
  f.run("", [&](Exchange& exchange) {
    static_cast<void>(running.take_slow(f.clock->now()));
    f.clock->advance(base::Millis(200));
    before = running.take_slow(f.clock->now());
    const Status answered = answer(exchange);
    f.clock->advance(base::Millis(400));
    behind = running.take_slow(f.clock->now());
    return answered;
  });
  assert_int_equal(before.size(), 1);
  assert_contains(before[0].line, "GET /p has been running for 0.2 s");
  assert_int_equal(behind.size(), 0);
}

// Nobody has given an answer, but the request is over.
void test_exchange_marks__a_released_request_is_not_slow(void**) {
  Fixture f;
  f.f.service->running = std::make_unique<app::RunningRequests>(base::Millis(100));
  app::RunningRequests& running = *f.f.service->running;
  f.run("", [](Exchange& exchange) {
    assert_true(exchange.defer().is_ok());
    return Status();
  });
  static_cast<void>(running.take_slow(f.clock->now()));
  f.clock->advance(base::Millis(400));
  assert_int_equal(running.take_slow(f.clock->now()).size(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_exchange_marks__without_the_option_there_is_no_id),
      cmocka_unit_test(test_exchange_marks__each_request_gets_an_id_of_its_own),
      cmocka_unit_test(test_exchange_marks__an_id_of_nobodys_is_replaced),
      cmocka_unit_test(test_exchange_marks__an_answer_has_one_id),
      cmocka_unit_test(test_exchange_marks__failures_are_named),
      cmocka_unit_test(test_exchange_marks__who_is_rejected_is_named),
      cmocka_unit_test(test_exchange_marks__queue_time_is_from_the_proxy_to_the_thread),
      cmocka_unit_test(test_exchange_marks__what_passes_behind_the_head_counts),
      cmocka_unit_test(test_exchange_marks__absurd_times_are_nothing),
      cmocka_unit_test(test_exchange_marks__strangers_times_are_nothing),
      cmocka_unit_test(test_exchange_marks__server_timing_says_both_times),
      cmocka_unit_test(test_exchange_marks__an_answered_request_is_not_slow),
      cmocka_unit_test(test_exchange_marks__a_released_request_is_not_slow),
  };
  return cmocka_run_group_tests_name("app/exchange_marks", tests, nullptr, nullptr);
}
