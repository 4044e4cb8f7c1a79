// Runs the wire cases of one file against the shared library: whole, split at every byte, and with
// a good request behind them; with the application on threads and on the event loop.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <wserve/wserve.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "wire/case_file.h"

using wserve::tests::WireCase;

namespace {

constexpr const char* kGoodRequest = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";

// Says what it was asked: "METHOD PATH?QUERY BODY", and the environ values that X-Ask names.
ws_status tell(ws_request* request, void* /*app_data*/) {
  std::string text = ws_request_get(request, "REQUEST_METHOD");
  text = text + ' ' + ws_request_get(request, "PATH_INFO") + '?' +
         ws_request_get(request, "QUERY_STRING") + ' ';
  std::vector<char> body(static_cast<std::size_t>(ws_request_body_size(request)));
  static_cast<void>(ws_request_read(request, body.data(), body.size()));
  text.append(body.data(), body.size());
  if (const char* key = ws_request_get(request, "HTTP_X_ASK")) {
    const char* value = ws_request_get(request, key);
    text = text + " [" + (value != nullptr ? value : "(absent)") + ']';
  }
  return ws_request_reply(request, 200, "text/plain", text.data(), text.size());
}

// A running server with the options of a case.
class TestServer {
 public:
  TestServer(const WireCase& one, const char* threads) : server_(ws_server_new()) {
    set("listen", "127.0.0.1:0");
    set("threads", threads);
    set("log_level", "none");
    for (const auto& [name, value] : one.options) {
      set(name.c_str(), value.c_str());
    }
    assert_int_equal(ws_server_set_app(server_, tell, nullptr), WS_OK);
    assert_int_equal(ws_server_start(server_), WS_OK);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    ws_server_drain(server_, 0);
    ws_server_join(server_);
    ws_server_free(server_);
  }
  [[nodiscard]] int port() const { return ws_server_port(server_, 0); }

 private:
  void set(const char* name, const char* value) {
    if (ws_server_set(server_, name, value) != WS_OK) {
      print_error("%s\n", ws_last_error());
      fail();
    }
  }
  ws_server* server_;
};

std::string describe(const WireCase& one, const char* how, std::size_t split) {
  return "\"" + one.name + "\" (" + one.rule + "), " + how + " " + std::to_string(split) + ": ";
}

// Reads one answer and compares it; false with a message when it is another.
bool answer_fits(int fd, const wserve::tests::ExpectedAnswer& expected, bool is_head,
                 const std::string& what) {
  response got = client_read(fd, is_head ? 1 : 0);
  const bool fits =
      got.status == expected.status && got.is_complete != 0 &&
      std::string(got.body, got.body_size).find(expected.part_of_body) != std::string::npos;
  if (!fits) {
    print_error("%sgot %d \"%s\", expected %d \"%s\"\n", what.c_str(), got.status, got.body,
                expected.status, expected.part_of_body.c_str());
  }
  response_free(&got);
  return fits;
}

// After the answers of the case: an end, or a connection that still works.
bool ends_as_it_should(int fd, const WireCase& one, bool good_was_sent, const std::string& what) {
  if (one.closes) {
    if (client_sees_end(fd) == 0) {
      print_error("%sthe connection stays open, or more came\n", what.c_str());
      return false;
    }
    return true;
  }
  if (!good_was_sent) {
    client_send_text(fd, kGoodRequest);
  }
  return answer_fits(fd, {200, "GET /good? "}, false, what + "afterwards ");
}

bool run_once(int port, const WireCase& one, std::size_t split, bool with_good_behind) {
  const std::string what =
      describe(one, with_good_behind ? "followed, split at" : "split at", split);
  const int fd = client_connect(port);
  const bool is_head = one.request.starts_with("HEAD ");
  const std::string all = with_good_behind ? one.request + kGoodRequest : one.request;
  // The server may close before everything is sent: that is what some cases are about.
  static_cast<void>(client_send(fd, all.data(), split));
  static_cast<void>(client_send(fd, all.data() + split, all.size() - split));
  bool fits = true;
  for (const auto& expected : one.answers) {
    fits = fits && answer_fits(fd, expected, is_head, what);
  }
  fits = fits && ends_as_it_should(fd, one, with_good_behind, what);
  client_close(fd);
  return fits;
}

// Splits of a long request are sampled: some two hundred of them, the ends always.
std::size_t step_for(std::size_t size) {
  return size <= 200 ? 1 : size / 200;
}

void run_case(void** state) {
  const WireCase& one = *static_cast<const WireCase*>(*state);
  bool fits = true;
  for (const char* threads : {"0", "2"}) {
    const auto server = std::make_unique<TestServer>(one, threads);
    fits = fits && run_once(server->port(), one, one.request.size(), false);
    fits = fits && run_once(server->port(), one, one.request.size(), true);
    for (std::size_t split = 1; fits && split < one.request.size();
         split += step_for(one.request.size())) {
      fits = run_once(server->port(), one, split, false);
    }
  }
  assert_true(fits);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: run_cases FILE.case\n";
    return 2;
  }
  std::vector<WireCase> cases = wserve::tests::read_case_file(argv[1]);
  std::vector<CMUnitTest> tests;
  for (WireCase& one : cases) {
    tests.push_back({one.name.c_str(), run_case, nullptr, nullptr, &one});
  }
  // The macro wants an array; this is what it expands to.
  return _cmocka_run_group_tests(argv[1], tests.data(), tests.size(), nullptr, nullptr);
}
