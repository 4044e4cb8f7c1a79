// app/exchange: whatever the application does, there is one answer, or a visible end.
#include <functional>
#include <stdexcept>
#include <string>

#include "app/exchange.h"
#include "support/cmocka.h"
#include "support/exchange_fixture.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::Exchange;
using app::Then;
using base::Code;
using base::Status;
using tests::ExchangeFixture;

namespace {

class TestApp final : public app::Application {
 public:
  using Function = std::function<Status(Exchange&)>;
  explicit TestApp(Function function) : function_(std::move(function)) {}
  Status handle(Exchange& exchange) override { return function_(exchange); }

 private:
  Function function_;
};

std::string run(ExchangeFixture& f, TestApp::Function function) {
  TestApp application(std::move(function));
  f.exchange()->run(application);
  return f.sink->take();
}

void test_exchange__an_answer_goes_out(void**) {
  ExchangeFixture f;
  assert_contains(run(f, [](Exchange& e) { return e.reply(200, "a/b", "hello"); }),
                  "\r\n\r\nhello");
  assert_int_equal(f.log->lines.size(), 0);
}

void test_exchange__ends_what_was_started(void**) {
  ExchangeFixture f;
  assert_contains(run(f, [](Exchange& e) { return e.response().start(202, ""); }),
                  "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n");
}

void test_exchange__no_answer_is_a_500(void**) {
  ExchangeFixture f;
  const std::string answer = run(f, [](Exchange&) { return Status(); });
  assert_contains(answer, "HTTP/1.1 500 Internal Server Error\r\n");
  assert_contains(answer, "The server encountered an unexpected internal server error");
  assert_contains(answer, "Connection: close\r\n");
  assert_text_equal(f.log->lines.at(0),
                    "Exception while serving /p: the application gave no answer");
}

void test_exchange__a_failure_before_the_head_is_a_500(void**) {
  ExchangeFixture f;
  const std::string answer = run(f, [](Exchange& e) {
    static_cast<void>(e.response().start(200, ""));
    static_cast<void>(e.response().add_field("X-Secret", "1"));
    return Status(Code::kApplication, "secret reason");
  });
  assert_contains(answer, "HTTP/1.1 500 ");
  assert_true(answer.find("X-Secret") == std::string::npos);
  assert_true(answer.find("secret reason") == std::string::npos);
  assert_contains(f.log->lines.at(0), "secret reason");
}

void test_exchange__a_path_cannot_begin_a_line_of_the_log(void**) {
  ExchangeFixture f;
  TestApp application([](Exchange&) { return Status(); });
  f.exchange("GET /a%0D%0Awserve:%20forged%1B HTTP/1.1\r\nHost: a\r\n\r\n")->run(application);
  assert_text_equal(f.log->lines.at(0),
                    "Exception while serving /a\\r\\nwserve: forged\\x1b: the application gave no "
                    "answer");
}

void test_exchange__expose_tracebacks_shows_the_reason(void**) {
  ExchangeFixture f;
  f.service->expose_tracebacks = true;
  const std::string answer =
      run(f, [](Exchange&) { return Status(Code::kApplication, "line 1\nline 2 \xe2\x82\xac"); });
  assert_contains(answer, "Internal Server Error\r\n\r\nline 1\nline 2 \xe2\x82\xac\r\n\r\n");
}

void test_exchange__an_exception_is_a_failure(void**) {
  ExchangeFixture f;
  assert_contains(run(f, [](Exchange&) -> Status { throw std::runtime_error("boom"); }), " 500 ");
  assert_contains(f.log->lines.at(0), "boom");
}

void test_exchange__a_failure_behind_the_head_cuts(void**) {
  ExchangeFixture f;
  const std::string answer = run(f, [](Exchange& e) {
    static_cast<void>(e.response().start(200, ""));
    static_cast<void>(e.response().write("part"));
    return Status(Code::kApplication, "late");
  });
  assert_contains(answer, "4\r\npart\r\n");
  assert_true(answer.find("0\r\n\r\n") == std::string::npos);
  assert_int_equal(static_cast<int>(*f.sink->ended), static_cast<int>(Then::kClose));
}

void test_exchange__a_failure_behind_the_answer_is_logged(void**) {
  ExchangeFixture f;
  run(f, [](Exchange& e) {
    static_cast<void>(e.reply(200, "", "x"));
    return Status(Code::kApplication, "too late");
  });
  assert_int_equal(f.log->lines.size(), 1);
  assert_contains(f.log->lines[0], "too late");
}

void test_exchange__the_application_does_not_run_for_nobody(void**) {
  ExchangeFixture f;
  f.sink->why_gone = app::Gone::kDisconnected;
  bool has_run = false;
  run(f, [&](Exchange&) {
    has_run = true;
    return Status();
  });
  assert_false(has_run);
  assert_int_equal(f.sink->pushes, 0);
}

void test_exchange__malformed_proxy_headers_are_a_400(void**) {
  ExchangeFixture f;
  assert_true(gateway::TrustedPeers::parse("*", f.service->proxy.peers).is_ok());
  f.service->proxy.headers.insert(gateway::ProxyHeader::kProto);
  bool has_run = false;
  TestApp application([&](Exchange&) {
    has_run = true;
    return Status();
  });
  f.exchange("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: gopher\r\n\r\n")->run(application);
  assert_false(has_run);
  assert_contains(f.sink->bytes, "HTTP/1.1 400 Bad Request\r\n");
  assert_contains(f.sink->bytes,
                  "\r\n\r\nBad Request\r\n\r\nHeader \"X-Forwarded-Proto\" malformed.\r\n\r\n"
                  "(generated by server)");
  assert_int_equal(static_cast<int>(*f.sink->ended), static_cast<int>(Then::kClose));
}

void test_exchange__deferred_answers_come_later(void**) {
  ExchangeFixture f;
  base::Ref<Exchange> kept;
  run(f, [&](Exchange& e) {
    static_cast<void>(e.defer());
    kept = base::Ref<Exchange>(&e);
    return Status();
  });
  assert_int_equal(f.sink->pushes, 0);
  assert_true(kept->reply(200, "", "later").is_ok());
  assert_contains(f.sink->bytes, "later");
}

void test_exchange__the_last_release_answers_500(void**) {
  ExchangeFixture f;
  f.exchange().reset();
  assert_contains(f.sink->bytes, " 500 ");
  assert_contains(f.log->lines.at(0), "dropped without an answer");
}

void test_exchange__reads_and_rewinds_the_body(void**) {
  ExchangeFixture f;
  auto e = f.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  char piece[4];
  std::size_t got = 0;
  assert_true(e->read(piece, 3, got).is_ok());
  assert_text_equal(std::string_view(piece, got), "hel");
  assert_true(e->read(piece, 3, got).is_ok());
  assert_text_equal(std::string_view(piece, got), "lo");
  assert_true(e->read(piece, 3, got).is_ok());
  assert_int_equal(got, 0);
  assert_true(e->rewind().is_ok());
  assert_true(e->read(piece, 3, got).is_ok());
  assert_text_equal(std::string_view(piece, got), "hel");
  assert_int_equal(e->body_size(), 5);
}

void test_exchange__is_clean_when_it_is_used_again(void**) {
  ExchangeFixture f;
  const Exchange* first = nullptr;
  {
    auto e = f.exchange("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    first = e.get();
    assert_true(e->prepare());
    e->environ().set("X", "y");
    static_cast<void>(e->response().add_field("X-Old", "1"));
    static_cast<void>(e->reply(200, "", "x"));
    static_cast<void>(e->defer());
  }
  f.sink->take();
  auto e = f.exchange();
  assert_ptr_equal(e.get(), first);
  assert_true(e->prepare());
  assert_null(std::as_const(e->environ()).find("X"));
  assert_int_equal(e->body_size(), 0);
  assert_false(e->is_deferred());
  assert_true(e->reply(200, "", "x").is_ok());
  assert_true(f.sink->bytes.find("X-Old") == std::string::npos);
}

void test_exchange__detaches_before_anything_is_sent(void**) {
  ExchangeFixture f;
  auto e = f.exchange();
  base::UniqueFd fd;
  base::ByteView ahead;
  assert_true(e->detach(fd, ahead).is_ok());
  assert_true(fd.is_open());
  assert_text_equal(ahead, "ahead");
  assert_int_equal(static_cast<int>(e->reply(200, "", "x").code()), static_cast<int>(Code::kState));
  e.reset();
  assert_int_equal(f.sink->pushes, 0);
  auto other = f.exchange();
  assert_true(other->reply(200, "", "x").is_ok());
  assert_int_equal(static_cast<int>(other->detach(fd, ahead).code()),
                   static_cast<int>(Code::kState));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_exchange__an_answer_goes_out),
      cmocka_unit_test(test_exchange__ends_what_was_started),
      cmocka_unit_test(test_exchange__no_answer_is_a_500),
      cmocka_unit_test(test_exchange__a_failure_before_the_head_is_a_500),
      cmocka_unit_test(test_exchange__a_path_cannot_begin_a_line_of_the_log),
      cmocka_unit_test(test_exchange__expose_tracebacks_shows_the_reason),
      cmocka_unit_test(test_exchange__an_exception_is_a_failure),
      cmocka_unit_test(test_exchange__a_failure_behind_the_head_cuts),
      cmocka_unit_test(test_exchange__a_failure_behind_the_answer_is_logged),
      cmocka_unit_test(test_exchange__the_application_does_not_run_for_nobody),
      cmocka_unit_test(test_exchange__malformed_proxy_headers_are_a_400),
      cmocka_unit_test(test_exchange__deferred_answers_come_later),
      cmocka_unit_test(test_exchange__the_last_release_answers_500),
      cmocka_unit_test(test_exchange__reads_and_rewinds_the_body),
      cmocka_unit_test(test_exchange__is_clean_when_it_is_used_again),
      cmocka_unit_test(test_exchange__detaches_before_anything_is_sent),
  };
  return cmocka_run_group_tests_name("app/exchange", tests, nullptr, nullptr);
}
