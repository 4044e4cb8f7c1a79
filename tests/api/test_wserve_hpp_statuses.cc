// The C++ interface with -fno-exceptions: what fails gives its status back.
#include <cstring>
#include <string>

#include <wserve/wserve.hpp>

#include "support/client.h"
#include "support/cmocka.h"

#ifdef __cpp_exceptions
#error "this is to be compiled with -fno-exceptions"
#endif

bool throws_for_a_wrong_option();  // with exceptions

namespace {

using wserve::OwnedRequest;
using wserve::Request;
using wserve::Server;

std::string ask(Server& server, const char* path) {
  const std::string request =
      std::string("POST ") + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  response got = client_ask(server.port(), request.c_str());
  const std::string said = std::to_string(got.status) + " " + got.body;
  response_free(&got);
  return said;
}

void test_hpp_statuses__what_fails_says_so(void** /*state*/) {
  Server wrong({{"threads", "many"}, {"listen", "127.0.0.1:0"}});
  assert_int_equal(wrong.status(), WS_EINVAL);
  // It would listen on every address.
  assert_int_equal(wrong.check_options(), WS_EINVAL);
  assert_int_equal(wrong.listen(), WS_EINVAL);
  assert_int_equal(wrong.start(), WS_EINVAL);
  assert_int_equal(wrong.run(), WS_EINVAL);
  assert_false(wrong.turn());
  assert_int_equal(wrong.port(), -1);
  Server server({{"listen", "127.0.0.1:0"}});
  assert_int_equal(server.status(), WS_OK);
  assert_int_equal(server.set("no_such_option", "1"), WS_EUNKNOWN);
  assert_non_null(strstr(ws_last_error(), "no_such_option"));
  assert_int_equal(server.set("threads", "1"), WS_OK);
  assert_int_equal(server.join(), WS_ESTATE);
}

void test_hpp_statuses__a_part_with_exceptions_keeps_them(void** /*state*/) {
  assert_true(throws_for_a_wrong_option());
  Server server;
  assert_int_equal(server.set("threads", "many"), WS_EINVAL);
}

// What was refused changes nothing: the first application answers.
void test_hpp_statuses__callbacks_give_theirs_back(void** /*state*/) {
  Server server({{"listen", "127.0.0.1:0"}, {"threads", "1"}});
  bool was_kept_at_head = true;
  assert_int_equal(server.on_head([&](Request request) {
    was_kept_at_head = OwnedRequest(request).is_kept();
    return WS_OK;
  }),
                   WS_OK);
  assert_int_equal(server.use([](Request request, const Server::Next& next) {
    return request.path() == "/403" ? request.reply(403, "text/plain", "stop") : next(request);
  }),
                   WS_OK);
  assert_int_equal(server.set_app([](Request request) {
    if (request.path() == "/fail") {
      return WS_EAPP;
    }
    char buffer[16];
    const wserve::Size got = request.read(buffer, sizeof buffer);
    const wserve::Size end = request.read(buffer, sizeof buffer);
    return got == 5 && end == 0 ? request.reply(200, "text/plain", request.body())
                                : static_cast<ws_status>(got);
  }),
                   WS_OK);
  assert_int_equal(server.listen(), WS_OK);
  assert_int_equal(server.set_app([](Request) { return WS_OK; }), WS_ESTATE);
  assert_int_equal(server.start(), WS_OK);
  assert_string_equal(ask(server, "/").c_str(), "200 hello");
  assert_false(was_kept_at_head);
  assert_string_equal(ask(server, "/403").c_str(), "403 stop");
  assert_int_equal(ask(server, "/fail").find("500"), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_hpp_statuses__what_fails_says_so),
      cmocka_unit_test(test_hpp_statuses__a_part_with_exceptions_keeps_them),
      cmocka_unit_test(test_hpp_statuses__callbacks_give_theirs_back),
  };
  return cmocka_run_group_tests_name("api/wserve_hpp_statuses", tests, nullptr, nullptr);
}
