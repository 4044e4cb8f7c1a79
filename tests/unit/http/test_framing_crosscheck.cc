// http/framing_crosscheck: http_parser objects when the gate has read a message in another way.
#include <string>

#include "http/framing_crosscheck.h"
#include "http/head_parser.h"
#include "support/cmocka.h"

using namespace wserve::http;

namespace {

// A head that the gate has read, rightly or not.
struct Read {
  std::string head;
  Request request;

  explicit Read(std::string text) : head(std::move(text)) {
    FramingRules rules;
    assert_false(parse_head(head, {}, rules, request).has_value());
    assert_false(rules.decide(request.minor_version, 1 << 20, request.framing).has_value());
  }

  bool agrees() { return http_parser_agrees(head.data(), request); }
};

void test_framing_crosscheck__agrees(void**) {
  const std::string host = "Host: a\r\n";
  for (const std::string& fields : {
           host,
           host + "Content-Length: 5\r\n",
           host + "content-length:5\t \t\r\nX: y\r\n",
           host + "Content-Length: 0\r\n",
           host + "Transfer-Encoding: chunked\r\n",
           "Transfer-Encoding: \tchunked \t\r\n" + host,
           host + "Transfer-Encoding: , chunked\r\n",
           host + "Upgrade: x\r\nConnection: upgrade\r\n",
       }) {
    Read read("POST /a?b HTTP/1.1\r\n" + fields + "\r\n");
    assert_true(read.agrees());
  }
}

void test_framing_crosscheck__takes_any_method_and_long_texts(void**) {
  Read read("BREW /" + std::string(60'000, 'a') + " HTTP/1.1\r\nHost: a\r\nX: " +
            std::string(60'000, 'b') + "\r\nContent-Length: 3\r\n\r\n");
  assert_true(read.agrees());
}

void test_framing_crosscheck__sees_another_length(void**) {
  Read read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  read.request.framing.length = 4;
  assert_false(read.agrees());
  read.request.framing = {};
  assert_false(read.agrees());
}

void test_framing_crosscheck__sees_a_missed_coding(void**) {
  Read read("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  read.request.framing = {};
  assert_false(read.agrees());
}

void test_framing_crosscheck__sees_a_length_beside_a_coding(void**) {
  Read read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  read.request.framing.body = BodyKind::kChunked;
  read.request.framing.length = 0;
  assert_false(read.agrees());
}

void test_framing_crosscheck__sees_another_target(void**) {
  Read read("POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  read.head.replace(read.head.find("two"), 3, "t o");
  assert_false(read.agrees());
}

void test_framing_crosscheck__is_asked_only_about_bodies(void**) {
  Read read("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_true(read.agrees());
  read.request.framing.body = BodyKind::kChunked;
  assert_false(read.agrees());
  read.request.framing.body = BodyKind::kLength;
  assert_false(read.agrees());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_framing_crosscheck__agrees),
      cmocka_unit_test(test_framing_crosscheck__takes_any_method_and_long_texts),
      cmocka_unit_test(test_framing_crosscheck__sees_another_length),
      cmocka_unit_test(test_framing_crosscheck__sees_a_missed_coding),
      cmocka_unit_test(test_framing_crosscheck__sees_a_length_beside_a_coding),
      cmocka_unit_test(test_framing_crosscheck__sees_another_target),
      cmocka_unit_test(test_framing_crosscheck__is_asked_only_about_bodies),
  };
  return cmocka_run_group_tests_name("http/framing_crosscheck", tests, nullptr, nullptr);
}
