// Callbacks in C++ that throw: at the C interface an exception is a failure like any other, also
// without wserve.hpp, which catches its own.
#include <new>
#include <stdexcept>
#include <string>

#include <wserve/wserve.h>
#include <wserve/wserve.hpp>

#include "support/client.h"
#include "support/cmocka.h"

extern "C" {
#include "api/fixture.h"
}

namespace {

constexpr const char* kGet = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";

// As the path says.
void throw_for(const std::string& path) {
  if (path == "/known") {
    throw std::runtime_error("known");
  }
  if (path == "/memory") {
    throw std::bad_alloc();
  }
  if (path == "/number") {
    throw 7;
  }
}

ws_status serve(ws_request* request, void* /*app_data*/) {
  const std::string path = ws_request_get(request, "PATH_INFO");
  throw_for(path);
  if (path == "/started/known") {
    assert_ok(ws_request_start(request, 200, nullptr));
    assert_ok(ws_request_write(request, "piece", 5));
    throw std::runtime_error("known");
  }
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

ws_status filter(ws_request* request, ws_next* next, void* /*filter_data*/) {
  const ws_status status = ws_next_call(next, request);
  throw_for(ws_request_get(request, "QUERY_STRING"));
  return status;
}

void expect(int port, const char* path, int status, bool is_complete) {
  const std::string request = std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
  response got = client_ask(port, request.c_str());
  assert_int_equal(got.status, status);
  assert_int_equal(got.is_complete, is_complete);
  response_free(&got);
}

// One connection is served all the time, the others throw.
void expect_failures(int port) {
  const int kept = client_connect(port);
  for (int i = 0; i < 20; ++i) {
    for (const char* path : {"/known", "/memory", "/number"}) {
      expect(port, path, 500, true);
    }
    expect(port, "/started/known", 200, false);
    expect(port, "/good?/known", 200, true);  // the filter throws, the answer has gone
    client_send_text(kept, kGet);
    response got = client_read(kept, 0);
    assert_int_equal(got.status, 200);
    response_free(&got);
  }
  client_close(kept);
}

void test_exceptions__of_callbacks_are_failures(void** /*state*/) {
  for (const char* threads : {"0", "2"}) {
    fixture f;
    const char* const options[] = {"threads", threads, nullptr};
    fixture_make(&f, options);
    assert_ok(ws_server_use(f.server, filter, nullptr));
    fixture_start(&f, serve, nullptr);
    expect_failures(f.port);
    fixture_wait_for_stat(&f, "connections", 0);
    fixture_end(&f);
  }
}

void throw_line(ws_severity /*severity*/, const char* line, void* /*log_data*/) {
  throw std::runtime_error(line);
}

void test_exceptions__of_a_log_are_nobodys(void** /*state*/) {
  fixture f;
  fixture_make(&f, nullptr);
  assert_ok(ws_server_set_log(f.server, throw_line, nullptr));
  fixture_start(&f, serve, nullptr);
  expect_failures(f.port);
  fixture_end(&f);
}

void test_exceptions__of_callables_are_failures(void** /*state*/) {
  wserve::Server server({{"listen", "127.0.0.1:0"}, {"log_level", "error"}});
  std::string last_line;
  server.set_log([&](ws_severity, std::string_view line) { last_line = line; });
  server.set_app([](wserve::Request request) {
    throw_for(std::string(request.path()));
    request.reply(200, "text/plain", "hello");
  });
  server.start();
  for (const char* path : {"/number", "/memory", "/known"}) {
    expect(server.port(), path, 500, true);
    expect(server.port(), "/good", 200, true);
  }
  server.stop();
  server.join();
  assert_string_equal(last_line.c_str(), "Exception while serving /known: known");
}

void test_exceptions__of_who_is_told_end_with_the_call(void** /*state*/) {
  int told = 0;
  {
    wserve::Server server({{"listen", "127.0.0.1:0"}});
    server.set_app([](wserve::Request request) { request.reply(200, "text/plain", "hello"); });
    server.on_done([&](const wserve::Done& done) {
      told += done.status() == 200 && done.cause_name() == "answered" && done.bytes_in() > 0 &&
              done.body_bytes_out() == 5 && done.bytes_out() > 5 &&
              done.time(WS_AT_END) >= done.time(WS_AT_BEGIN) && done.get("REQUEST_METHOD") == "GET";
      throw std::runtime_error("nobody hears");
    });
    server.start();
    expect(server.port(), "/good", 200, true);
    expect(server.port(), "/good", 200, true);
  }
  assert_int_equal(told, 2);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_exceptions__of_callbacks_are_failures),
      cmocka_unit_test(test_exceptions__of_a_log_are_nobodys),
      cmocka_unit_test(test_exceptions__of_callables_are_failures),
      cmocka_unit_test(test_exceptions__of_who_is_told_end_with_the_call),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/exceptions", tests, nullptr, nullptr);
}
