// The C++ interface, from C++17.
#include <poll.h>
#include <sys/socket.h>

#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include <wserve/wserve.hpp>

#include "support/client.h"
#include "support/cmocka.h"

static_assert(__cplusplus < 202002L, "this is C++17");

namespace {

using wserve::OwnedRequest;
using wserve::Request;
using wserve::Server;

constexpr const char* kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

std::string ask(Server& server, const char* request) {
  response got = client_ask(server.port(), request);
  const std::string said = std::to_string(got.status) + " " + got.body;
  response_free(&got);
  return said;
}

void test_hpp__all_of_a_body(void** /*state*/) {
  for (const char* streaming : {"false", "true"}) {
    Server server({{"listen", "127.0.0.1:0"}, {"threads", "1"}, {"body_streaming", streaming}});
    server.set_app([](Request request) {
      const std::string first = request.body();
      request.reply(200, "text/plain", first + "|" + request.body());
    });
    server.listen();
    server.start();
    // One that is streamed is read once.
    const bool is_streamed = std::string_view(streaming) == "true";
    assert_string_equal(
        ask(server, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello").c_str(),
        is_streamed ? "200 hello|" : "200 hello|hello");
    assert_string_equal(ask(server,
                            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
                            .c_str(),
                        is_streamed ? "200 hello|" : "200 hello|hello");
  }
}

void test_hpp__head_filter_and_application(void** /*state*/) {
  Server server({{"listen", "127.0.0.1:0"}, {"threads", "2"}});
  server.on_head([](Request request) {
    if (request.path() == "/401") {
      request.reply(401, "text/plain", "who?");
    } else if (request.path() == "/short") {
      request.limit_body(2);
    } else if (request.path() == "/stream") {
      request.stream_body();
    }
  });
  server.use([](Request request, const Server::Next& next) {
    if (request.find("HTTP_X_STOP")) {
      request.reply(403, "text/plain", "stop");
    } else {
      request.set("REMOTE_USER", "ann");
      request.set_data("test.name", new std::string("(ann)"),
                       [](void* name) { delete static_cast<std::string*>(name); });
      next(request);
    }
  });
  server.set_app([](Request request) {
    std::string said(request.get("REMOTE_USER"));
    if (request.data("test.name") == nullptr || request.data("test.other") != nullptr) {
      said = "nothing was kept";
    }
    char buffer[64];
    std::size_t got = 1;
    while (request.read_some(buffer, sizeof buffer, -1, got) == WS_OK && got > 0) {
      said.append(buffer, got);
    }
    for (const auto& [name, value] : request.trailers()) {
      said.append(name).append("=").append(value);
    }
    said += request.has_length() ? " whole" : " streamed";
    request.reply(200, "text/plain", said);
  });
  server.listen();
  server.start();
  assert_string_equal(ask(server, kGet).c_str(), "200 ann whole");
  assert_string_equal(
      ask(server, "PUT /401 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n").c_str(), "401 who?");
  assert_int_equal(
      ask(server, "PUT /short HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n").find("413"), 0);
  assert_string_equal(ask(server,
                          "PUT /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "3\r\nabc\r\n0\r\nSum: 7\r\n\r\n")
                          .c_str(),
                      "200 annabcSum=7 streamed");
  assert_string_equal(ask(server, "GET / HTTP/1.1\r\nHost: a\r\nX-Stop: 1\r\n\r\n").c_str(),
                      "403 stop");
  assert_true(server.stat("requests") > 0);
}

// A callable that holds a request can be copied, and so be a std::function.
void test_hpp__answers_that_pass_through_an_encoder(void** /*state*/) {
  Server server({{"listen", "127.0.0.1:0"}});
  std::string seen;
  server.use([&seen](Request request, const Server::Next& next) {
    request.on_answer([&seen](Request answered) {
      for (const auto& [name, value] : answered.headers()) {
        seen.append(name).append("=").append(value);
      }
      seen += std::to_string(answered.answer_size().value_or(0));
      const std::string mark(40, '-');  // kept by the callable
      answered.encode_body([mark](Request encoded, std::string_view data, ws_encode_step step) {
        encoded.put_encoded(std::string(data.rbegin(), data.rend()));
        if (step == WS_ENCODE_END) {
          encoded.put_encoded(mark);
        }
      });
    });
    next(request);
  });
  server.set_app([](Request request) { request.reply(200, "text/plain", "abc"); });
  server.listen();
  server.start();
  assert_string_equal(ask(server, kGet).c_str(), ("200 cba" + std::string(40, '-')).c_str());
  assert_string_equal(seen.c_str(), "Content-Type=text/plain3");
  assert_int_equal(wserve::has_feature("tls"), false);
}

// Braces take a number for an enumeration only where any number is a value of it.
void test_hpp__any_number_may_be_asked_about(void** /*state*/) {
  assert_string_equal(ws_status_name(ws_status{1000}), "unknown status");
  assert_string_equal(ws_status_name(ws_status{-1000}), "unknown status");
  assert_string_equal(ws_cause_name(ws_cause{1000}), "unknown");
  assert_true(ws_done_time(nullptr, ws_moment{1000}) == -1);
}

void test_hpp__request_that_is_kept(void** /*state*/) {
  Server server({{"listen", "127.0.0.1:0"}, {"threads", "1"}});
  std::promise<std::thread> later;
  server.set_app([&later](Request request) {
    const std::function<void()> answer = [kept = OwnedRequest(request)] {
      kept.reply(200, "text/plain", kept.path());
    };
    const std::function<void()> copy = answer;
    later.set_value(std::thread(copy));
  });
  server.listen();
  server.start();
  assert_string_equal(ask(server, kGet).c_str(), "200 /x");
  later.get_future().get().join();  // the answer may be here before its thread is
}

void test_hpp__worker(void** /*state*/) {
  Server server({{"listen", "127.0.0.1:0"}});
  {
    server.listen();
    wserve::Worker worker(server);
    server.start();
    std::thread thread([&worker] {
      ws_status status = WS_TIMEOUT;
      while (status != WS_CLOSED) {
        if (auto request = worker.next(-1, status)) {
          request->start(200);
          request->add_header("X-One", "1");
          request->set_mark(0);
          pollfd room = {request->event_fd(), POLLIN, 0};
          while (!request->try_write("pulled")) {
            poll(&room, 1, -1);
          }
          request->end();
        }
      }
    });
    assert_true(worker.fd() >= 0);
    assert_string_equal(ask(server, kGet).c_str(), "200 pulled");
    server.stop();
    thread.join();
  }
}

void test_hpp__in_turns(void** /*state*/) {
  Server server({{"listen", "none"}, {"threads", "0"}});
  server.set_app([](Request request) { request.reply(200, "text/plain", "turned"); });
  assert_true(server.turn());
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(server.add_connection(pair[0], "192.0.2.1"), WS_OK);
  client_send_text(pair[1], kGet);
  pollfd ready[] = {{server.fd(), POLLIN, 0}, {pair[1], POLLIN, 0}};
  while (poll(ready, 2, -1) > 0 && ready[1].revents == 0) {
    assert_true(server.turn());
  }
  response got = client_read(pair[1], 0);
  assert_string_equal(got.body, "turned");
  response_free(&got);
  client_close(pair[1]);
  server.stop();
  while (server.turn(-1)) {
  }
}

void answer_form(Request request) {
  std::string said;
  for (const auto& [name, value] : wserve::Form::query(request).pairs()) {
    said.append(name).append("=").append(value).append(";");
  }
  said.append(wserve::Form::cookies(request).find("c").value_or("none"));
  assert_int_equal(wserve::precondition(request, "\"v1\""), 0);
  assert_false(wserve::is_fresh(request, "\"v1\"", 0));
  assert_true(wserve::read_date(wserve::date_text(7)) == std::int64_t{7});
  wserve::limit_form(request, WS_LIMIT_PARTS, 1);
  wserve::Multipart parts(request);
  try {
    while (parts.next()) {
      std::string_view text;
      parts.text(text);
      said.append(parts.name()).append(parts.safe_name().value_or("-")).append(text);
    }
    assert_int_equal(parts.status(), WS_EUNKNOWN);
    request.reply(200, "text/plain", said);
  } catch (const wserve::Error& e) {
    wserve::refuse(request, e.status());
  }
}

std::string post(Server& server, const std::string& body) {
  const std::string request =
      "POST /?a=1&b=%26 HTTP/1.1\r\nHost: a\r\nCookie: c=2\r\n"
      "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  return ask(server, request.c_str());
}

void test_hpp__forms(void** /*state*/) {
  Server server({{"listen", "127.0.0.1:0"}});
  server.set_app(answer_form);
  server.listen();
  server.start();
  const std::string part =
      "--b\r\nContent-Disposition: form-data; name=n; filename=\"../f\"\r\n\r\nx\r\n";
  assert_string_equal(post(server, part + "--b--").c_str(), "200 a=1;b=&;2nfx");
  assert_string_equal(post(server, part + part + "--b--").c_str(), "413 Content Too Large\n");
  assert_string_equal(post(server, part).c_str(), "400 Bad Request\n");
  assert_true(wserve::percent_decode("%41+", WS_DECODE_PLUS) == "A ");
  assert_false(wserve::percent_decode("%4").has_value());
  assert_false(wserve::read_date("today").has_value());
  assert_true(wserve::choose(WS_ACCEPT_ENCODING, "gzip", {"br", "gzip"}) == std::size_t{1});
  assert_int_equal(wserve::open_file(-1, "x"), -1);
}

void test_hpp__what_describes_itself(void** /*state*/) {
  Server server({{"threads", "3"}, {"trusted_proxy", "127.0.0.1"}});
  assert_true(server.get("threads") == "3");
  assert_false(server.get("no_such_option").has_value());
  server.check_options();
  assert_true(wserve::options().size() > 50);
  assert_true(wserve::options()[0].name == ws_option_name(0));
  assert_true(wserve::stats()[0].name == ws_stat_name(0));
  assert_true(server.explain_proxy("127.0.0.1", "X-Forwarded-For: 192.0.2.7\n").find("127.0.0.1") !=
              std::string::npos);
  assert_true(server.explain_sizing().find("processors: ") != std::string::npos);
  assert_string_equal(server.metrics_address().c_str(), "");
  assert_true(wserve::version() == ws_version());
  assert_int_equal(wserve::abi_version(), 1);
  try {
    server.set("threads", "-3");
    fail();
  } catch (const wserve::Error& e) {
    assert_int_equal(e.status(), WS_EINVAL);
  }
  try {
    server.set_app({});
    fail();
  } catch (const wserve::Error& e) {
    assert_int_equal(e.status(), WS_EINVAL);
  }
  server.set_app([](Request) {});
  try {
    const wserve::Worker worker(server);
    fail();
  } catch (const wserve::Error& e) {
    assert_int_equal(e.status(), WS_ESTATE);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_hpp__all_of_a_body),
      cmocka_unit_test(test_hpp__head_filter_and_application),
      cmocka_unit_test(test_hpp__answers_that_pass_through_an_encoder),
      cmocka_unit_test(test_hpp__request_that_is_kept),
      cmocka_unit_test(test_hpp__any_number_may_be_asked_about),
      cmocka_unit_test(test_hpp__worker),
      cmocka_unit_test(test_hpp__in_turns),
      cmocka_unit_test(test_hpp__forms),
      cmocka_unit_test(test_hpp__what_describes_itself),
  };
  return cmocka_run_group_tests_name("api/wserve_hpp", tests, nullptr, nullptr);
}
