// gateway/request_marks: what proxies say about a request, and whom it is believed.
#include <string>

#include "gateway/request_marks.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::ByteView;
using gateway::ProxyHeader;

namespace {

constexpr ByteView kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr ByteView kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::int64_t started(ByteView text) {
  const auto time = gateway::parse_request_start(text);
  return time ? time->count() : -1;
}

void test_request_marks__reads_every_unit(void**) {
  constexpr std::int64_t kMicros = 1'700'000'000'123'456;
  for (const char* text :
       {"1700000000.123456", "t=1700000000.123456", "t=1700000000123.456", "1700000000123456",
        "t=1700000000123456", "t=1700000000123456.9", "1700000000.1234569"}) {
    if (started(text) != kMicros) {
      print_error("%s\n", text);
    }
    assert_int_equal(started(text), kMicros);
  }
  assert_int_equal(started("1700000000"), 1'700'000'000'000'000);
  assert_int_equal(started("t=1700000000123"), 1'700'000'000'123'000);
  assert_int_equal(started("1700000000.5"), 1'700'000'000'500'000);
}

void test_request_marks__the_number_says_its_unit_without_a_gap(void**) {
  assert_int_equal(started("99999999"), -1);
  assert_int_equal(started("100000000"), 100'000'000'000'000);
  assert_int_equal(started("99999999999"), 99'999'999'999'000'000);
  assert_int_equal(started("100000000000"), 100'000'000'000'000);
  assert_int_equal(started("99999999999999"), 99'999'999'999'999'000);
  assert_int_equal(started("100000000000000"), 100'000'000'000'000);
  assert_int_equal(started("99999999999999999"), 99'999'999'999'999'999);
  assert_int_equal(started("100000000000000000"), -1);  // nanoseconds
}

void test_request_marks__a_start_that_is_no_number_is_none(void**) {
  for (const char* text :
       {"", "t=", "t", "1700000000.", ".5", "1700000000.5.5", "-1700000000", "+1700000000",
        "1700000000 ", " 1700000000", "t=t=1700000000", "T=1700000000", "1700000000s", "1.7e9",
        "t=1700000000, t=1700000001", "99999999999999999999999", "0", "start=1700000000"}) {
    if (started(text) != -1) {
      print_error("\"%s\"\n", text);
    }
    assert_int_equal(started(text), -1);
  }
}

void test_request_marks__an_id_is_short_and_harmless(void**) {
  for (const char* good :
       {"a", "0b7d9a3e5c1f48269d8e7f6a5b4c3d2e", "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "Root=1-67891233-abcdef012345678912345678", "a_b.c:d@e+f/g=="}) {
    assert_true(gateway::is_request_id(good));
  }
  for (const char* bad : {"", "a b", "a,b", "a\tb", "a\"b", "<a>", "a;b", "a\\b", "a'b", "a&b",
                          "a%b", "\xc3\xa9", "a\x1b[0m"}) {
    assert_false(gateway::is_request_id(bad));
  }
  assert_true(gateway::is_request_id(std::string(128, 'a')));
  assert_false(gateway::is_request_id(std::string(129, 'a')));
}

void test_request_marks__reads_a_traceparent(void**) {
  assert_text_equal(gateway::trace_id_of(kTraceparent), kTrace);
  // A later version may say more.
  const std::string later = "cc" + std::string(kTraceparent.substr(2));
  assert_text_equal(gateway::trace_id_of(later), kTrace);
  assert_text_equal(gateway::trace_id_of(later + "-what-the-future-brings"), kTrace);
}

void test_request_marks__a_malformed_traceparent_is_none(void**) {
  const std::string good(kTraceparent);
  std::string cases[] = {"",
                         good.substr(0, 54),
                         good + "-01",
                         good + "0",
                         "cc" + good.substr(2) + ".1",
                         "ff" + good.substr(2),
                         "0" + good,
                         "0G" + good.substr(2),
                         "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                         "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                         "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                         "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
                         "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                         "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
                         "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
                         " " + good,
                         good + ", " + good};
  for (const std::string& text : cases) {
    if (!gateway::trace_id_of(text).empty()) {
      print_error("\"%s\"\n", text.c_str());
    }
    assert_true(gateway::trace_id_of(text).empty());
  }
}

struct Fixture {
  base::Arena arena;
  gateway::Environ environ_;
  gateway::Endpoint endpoint;
  gateway::ProxyPolicy policy;

  Fixture() {
    endpoint.peer_address = *base::IpAddress::parse("192.0.2.1");
    assert_true(gateway::TrustedPeers::parse("192.0.2.1", policy.peers).is_ok());
    policy.request_id = {"X-Request-ID", "HTTP_X_REQUEST_ID"};
    environ_.restart(arena);
    environ_.set("HTTP_X_REQUEST_START", "t=1700000000");
    environ_.set("HTTP_X_REQUEST_ID", "an-id");
    environ_.set("HTTP_TRACEPARENT", kTraceparent);
  }
  [[nodiscard]] gateway::RequestMarks read() const {
    return gateway::read_marks(policy, endpoint, environ_);
  }
};

void assert_nothing(const gateway::RequestMarks& marks) {
  assert_false(marks.proxied_at.has_value());
  assert_text_equal(marks.id, "");
  assert_text_equal(marks.trace_id, "");
}

void test_request_marks__believes_what_is_named_for_a_trusted_peer(void**) {
  Fixture f;
  assert_nothing(f.read());
  f.policy.headers.insert(ProxyHeader::kFor);
  assert_nothing(f.read());
  f.policy.headers.insert(ProxyHeader::kRequestStart);
  assert_int_equal(f.read().proxied_at->count(), 1'700'000'000'000'000);
  assert_text_equal(f.read().id, "");
  f.policy.headers.insert(ProxyHeader::kRequestId);
  assert_text_equal(f.read().id, "an-id");
  assert_text_equal(f.read().trace_id, "");
  f.policy.headers.insert(ProxyHeader::kTraceparent);
  assert_text_equal(f.read().trace_id, kTrace);
  f.endpoint.peer_address = *base::IpAddress::parse("192.0.2.2");
  assert_nothing(f.read());
}

void test_request_marks__the_id_has_the_name_that_it_was_given(void**) {
  Fixture f;
  f.policy.headers.insert(ProxyHeader::kRequestId);
  f.policy.request_id = {"X-Correlation-ID", "HTTP_X_CORRELATION_ID"};
  assert_text_equal(f.read().id, "");
  f.environ_.set("HTTP_X_CORRELATION_ID", "another");
  assert_text_equal(f.read().id, "another");
  f.environ_.set("HTTP_X_CORRELATION_ID", "no id");
  assert_text_equal(f.read().id, "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_request_marks__reads_every_unit),
      cmocka_unit_test(test_request_marks__the_number_says_its_unit_without_a_gap),
      cmocka_unit_test(test_request_marks__a_start_that_is_no_number_is_none),
      cmocka_unit_test(test_request_marks__an_id_is_short_and_harmless),
      cmocka_unit_test(test_request_marks__reads_a_traceparent),
      cmocka_unit_test(test_request_marks__a_malformed_traceparent_is_none),
      cmocka_unit_test(test_request_marks__believes_what_is_named_for_a_trusted_peer),
      cmocka_unit_test(test_request_marks__the_id_has_the_name_that_it_was_given),
  };
  return cmocka_run_group_tests_name("gateway/request_marks", tests, nullptr, nullptr);
}
