// server/options: every option takes its values and refuses others, by name.
#include <string>

#include "server/make_service.h"
#include "server/options.h"
#include "support/capturing_log.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Code;
using base::Status;
using server::Options;

namespace {

void assert_ok(const Status& status) {
  assert_text_equal(status.message(), "");
}

void test_options__defaults_are_what_the_table_says(void**) {
  const server::Settings untouched;
  for (const server::Option& option : server::option_table()) {
    Options options;
    // The default's text must give the default's value; log_level stands for all texts.
    assert_ok(options.set(option.name, option.default_text));
    assert_text_equal(options.get(option.name), option.default_text);
    assert_true(options.settings().threads == untouched.threads);
    assert_true(options.settings().listen == untouched.listen);
    assert_true(options.settings().port == untouched.port);
    assert_true(options.settings().unix_socket_perms == untouched.unix_socket_perms);
    assert_true(options.settings().channel_timeout == untouched.channel_timeout);
    assert_true(options.settings().header_timeout == untouched.header_timeout);
    assert_true(options.settings().write_timeout == untouched.write_timeout);
    assert_true(options.settings().recv_bytes == untouched.recv_bytes);
    assert_true(options.settings().max_request_body_size == untouched.max_request_body_size);
    assert_true(options.settings().max_request_header_size == untouched.max_request_header_size);
    assert_true(options.settings().trusted_proxy_count == untouched.trusted_proxy_count);
    assert_true(options.settings().connection_limit == untouched.connection_limit);
    assert_true(options.settings().log_level == untouched.log_level);
    assert_true(options.settings().ident == untouched.ident);
    assert_true(options.settings().ipv6 == untouched.ipv6);
  }
}

void test_options__every_row_is_complete(void**) {
  for (const server::Option& option : server::option_table()) {
    const std::string type = option.type;
    assert_true(type == "bool" || type == "int" || type == "size" || type == "seconds" ||
                type == "mode" || type == "choice" || type == "text" || type == "list");
    assert_true(std::string(option.help).ends_with('.'));
    assert_text_equal(option.since, "1.0");
    assert_non_null(option.assign);
  }
}

void test_options__sizes_have_units(void**) {
  const struct {
    const char* text;
    std::uint64_t bytes;
  } sizes[] = {{"1", 1},
               {"10M", 10'485'760},
               {"1G", 1'073'741'824},
               {"1g", 1'073'741'824},
               {"2k", 2'048},
               {" 2 KiB ", 2'048},
               {"3MiB", 3'145'728},
               {"1T", 1'099'511'627'776},
               {"1_000K", 1'024'000}};
  for (const auto& size : sizes) {
    Options options;
    assert_ok(options.set("max_request_body_size", size.text));
    assert_true(options.settings().max_request_body_size == size.bytes);
    assert_text_equal(options.get("max_request_body_size"), size.text);
  }
  for (const char* text : {"M", "10MB", "10 kb", "1.5G", "10Mi", "1P", "-1M", "10M1",
                           "17179869184G", "8388608T", "", "K10"}) {
    Options options;
    assert_contains(options.set("max_request_body_size", text).message(),
                    "bytes, or such a number with K, M, G or T for powers of 1024, got \"");
  }
  Options reserve;
  assert_ok(reserve.set("temporary_reserve", "1G"));
  assert_ok(reserve.set("temporary_reserve", "auto"));
  assert_contains(reserve.set("temporary_reserve", "1GB").message(),
                  "0..9223372036854775807 bytes, or such a number with K, M, G or T for powers of "
                  "1024 or auto, got \"1GB\"");
  Options options;  // a number of things is no size
  assert_contains(options.set("threads", "1K").message(), "threads must be 0..1024 or auto, got");
}

void test_options__booleans(void**) {
  for (const char* text : {"t", "true", "Y", "YES", "on", "1", " true "}) {
    Options options;
    assert_ok(options.set("expose_tracebacks", text));
    assert_true(options.settings().expose_tracebacks);
  }
  for (const char* text : {"f", "false", "n", "NO", "off", "0"}) {
    Options options;
    assert_ok(options.set("ipv4", text));
    assert_false(options.settings().ipv4);
  }
  for (const char* text : {"", "2", "enabled", "1.0", "tru"}) {
    Options options;
    const Status status = options.set("ipv4", text);
    assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kInvalid));
    assert_contains(status.message(), std::string("ipv4 must be true or false"));
    assert_contains(status.message(), std::string("got \"") + text + "\"");
    assert_true(options.settings().ipv4);
  }
}

void test_options__numbers(void**) {
  Options options;
  for (const char* text : {"8", " 8 ", "+8", "08"}) {
    assert_ok(options.set("threads", text));
    assert_int_equal(options.settings().threads, 8);
  }
  assert_ok(options.set("max_request_body_size", "1_000_000"));
  assert_int_equal(options.settings().max_request_body_size, 1000000);
  for (const char* text : {"", "-3", "1025", "x", "1.5", "_1", "1_", "1__0", "0x10", "1 2"}) {
    const Status status = options.set("threads", text);
    assert_text_equal(status.message(),
                      std::string("threads must be 0..1024 or auto, got \"") + text + "\"");
  }
  assert_int_equal(options.settings().threads, 8);
}

void test_options__ranges_tell_of_auto(void**) {
  for (const auto& option : wserve::server::option_table()) {
    Options options;
    const std::string_view type = option.type;
    if ((type == "int" || type == "size") && *option.range != '\0') {
      assert_true(options.set(option.name, "auto").is_ok() ==
                  std::string_view(option.range).ends_with(" or auto"));
    }
  }
}

void test_options__the_port(void**) {
  Options options;
  for (const char* text : {"0", " 80 ", "65535", "http"}) {
    assert_ok(options.set("port", text));
  }
  for (const char* text : {"", "65536", "99999", "-1", "8.0"}) {
    const Status status = options.set("port", text);
    assert_text_equal(
        status.message(),
        std::string("port must be 0..65535 or the name of a service, got \"") + text + "\"");
  }
  assert_text_equal(options.settings().port, "http");
}

void test_options__seconds(void**) {
  Options options;
  assert_ok(options.set("header_timeout", "2.25"));
  assert_int_equal(options.settings().header_timeout.count(), 2250);
  assert_ok(options.set("header_timeout", "0.5"));
  assert_int_equal(options.settings().header_timeout.count(), 500);
  // Less than a millisecond is not the 0 that stands for no limit.
  for (const char* text : {"0.0004", "0.00000001", "0.001"}) {
    assert_ok(options.set("header_timeout", text));
    assert_int_equal(options.settings().header_timeout.count(), 1);
  }
  assert_ok(options.set("header_timeout", "0.9991"));
  assert_int_equal(options.settings().header_timeout.count(), 1000);
  assert_ok(options.set("header_timeout", "0.0000"));
  assert_int_equal(options.settings().header_timeout.count(), 0);
  assert_ok(options.set("header_timeout", "7"));
  assert_int_equal(options.settings().header_timeout.count(), 7000);
  for (const char* text : {"", "-1", ".5", "1.", "1.x", "x", "1.2.3", "99999999999"}) {
    if (std::string(text) == "1.") {
      assert_ok(options.set("header_timeout", text));
      continue;
    }
    assert_contains(options.set("header_timeout", text).message(),
                    "header_timeout must be 0..31536000 seconds, got ");
  }
}

void test_options__other_types(void**) {
  Options options;
  assert_ok(options.set("unix_socket_perms", "0o640"));
  assert_int_equal(options.settings().unix_socket_perms, 0640);
  assert_contains(options.set("unix_socket_perms", "888").message(), "must be octal");
  assert_ok(options.set("url_scheme", "HTTPS"));
  assert_text_equal(options.settings().url_scheme, "https");
  assert_text_equal(options.set("url_scheme", "ftp").message(),
                    "url_scheme must be http or https, got \"ftp\"");
  assert_ok(options.set("url_prefix", "foo/"));
  assert_text_equal(options.settings().url_prefix, "/foo");
  assert_ok(options.set("listen", "127.0.0.1:1\n\n [::1]:2 "));
  assert_int_equal(options.settings().listen.size(), 2);
  assert_contains(options.set("listen", " ").message(), "listen must be at least one address");
  assert_contains(options.set("listen", "unix:").message(), "the path is missing");
  assert_ok(options.set("trusted_proxy_headers", "X-Forwarded-For\nx-forwarded-PROTO"));
  assert_int_equal(options.settings().trusted_proxy_headers.size(), 2);
  assert_contains(options.set("trusted_proxy_headers", "X_FORWARDED_FOR").message(),
                  "got \"X_FORWARDED_FOR\"");
  assert_contains(options.set("ident", "a\r\nb").message(), "free of control characters");
  assert_contains(options.set("sockets", "3 x").message(), "descriptor numbers");
}

void test_options__trusted_proxy_count(void**) {
  Options options;
  assert_ok(options.set("trusted_proxy_count", "auto"));
  assert_int_equal(options.settings().trusted_proxy_count, 0);
  assert_text_equal(options.set("trusted_proxy_count", "0").message(),
                    "trusted_proxy_count must be 1..100 or auto, got \"0\"");
}

void test_options__names(void**) {
  Options options;
  assert_ok(options.set("url-prefix", "/a"));
  assert_text_equal(options.get("url_prefix"), "/a");
  const Status status = options.set("url_prefiks", "/a");
  assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kUnknown));
  assert_text_equal(status.message(), "\"url_prefiks\" is not an option; did you mean url_prefix?");
  const char* const cases[][2] = {
      {"thread", "; did you mean threads?"},
      {"Threads", "; did you mean threads?"},
      {"max-request-body-sise", "; did you mean max_request_body_size?"},
      {"max_request_bodysize", "; did you mean max_request_body_size?"},
      {"prot", "; did you mean port?"},
      {"x", ""},
      {"workers", ""},
      {"", ""},
  };
  for (const auto& c : cases) {
    Options options_of_case;
    assert_text_equal(options_of_case.set(c[0], "1").message(),
                      std::string("\"") + c[0] + "\" is not an option" + c[1]);
  }

  assert_null(options.get("url_prefiks"));
}

void test_options__two_names_of_one_option(void**) {
  using std::chrono::seconds;
  Options options;
  assert_ok(options.set("keepalive_timeout", "5"));
  assert_text_equal(options.get("channel_timeout"), "5");
  assert_true(options.is_set("channel_timeout"));
  // A file is weaker, by whichever name.
  assert_ok(options.set_from_file("channel_timeout", "60"));
  assert_true(options.settings().channel_timeout == seconds(5));
  assert_ok(options.set("channel_timeout", std::nullopt));
  assert_text_equal(options.get("keepalive_timeout"), "120");
  assert_ok(options.set_from_file("keepalive_timeout", "60"));
  assert_true(options.settings().channel_timeout == seconds(60));
}

void test_options__can_be_taken_back(void**) {
  Options options;
  assert_ok(options.set("threads", "9"));
  assert_true(options.is_set("threads"));
  assert_ok(options.set("threads", std::nullopt));
  assert_false(options.is_set("threads"));
  assert_int_equal(options.settings().threads, 4);
}

struct ConflictCase {
  std::vector<std::pair<const char*, const char*>> set;
  const char* problem;
};

void test_options__conflicts(void**) {
  const ConflictCase cases[] = {
      {{{"listen", "*:1"}, {"host", "a"}}, "host may not be set if listen is set"},
      {{{"listen", "*:1"}, {"port", "8080"}}, "port may not be set if listen is set"},
      {{{"listen", "*:1"}, {"sockets", "3"}}, "sockets may not be set if listen is set"},
      {{{"sockets", "3"}, {"host", "a"}}, "host may not be set if sockets is set"},
      {{{"sockets", "3"}, {"unix_socket", "/a"}}, "unix_socket may not be set if sockets is set"},
      {{{"unix_socket", "/a"}, {"port", "1"}}, "port may not be set if unix_socket is set"},
      {{{"unix_socket", "/a"}, {"listen", "*:1"}}, "unix_socket may not be set if listen is set"},
      {{{"ipv4", "no"}, {"ipv6", "no"}}, "ipv4 and ipv6 may not both be false"},
      {{{"trusted_proxy_count", "1"}},
       "trusted_proxy_count has no meaning without setting trusted_proxy"},
      {{{"trusted_proxy_headers", "forwarded"}},
       "trusted_proxy_headers has no meaning without setting trusted_proxy"},
      {{{"trusted_proxy", "*"}, {"trusted_proxy_headers", "forwarded x-forwarded-for"}},
       "trusted_proxy_headers: forwarded and x-forwarded-for are mutually exclusive, they could "
       "contradict each other"},
      {{{"listen", "*:1"}, {"host", "a"}, {"ipv4", "no"}, {"ipv6", "no"}},
       "host may not be set if listen is set; ipv4 and ipv6 may not both be false"},
  };
  for (const ConflictCase& c : cases) {
    Options options;
    for (const auto& [name, value] : c.set) {
      assert_ok(options.set(name, value));
    }
    const Status status = options.check();
    assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kConflict));
    assert_text_equal(status.message(), c.problem);
  }
  assert_ok(Options().check());
}

void test_options__forwarded_goes_with_what_tells_of_the_request(void**) {
  Options options;
  assert_ok(options.set("trusted_proxy", "*"));
  assert_ok(
      options.set("trusted_proxy_headers", "forwarded x-request-start x-request-id traceparent"));
  assert_text_equal(options.check().message(),
                    "trusted_proxy_headers: x-request-id has no meaning without setting "
                    "request_id_header");
  assert_ok(options.set("request_id_header", "X-Request-ID"));
  assert_ok(options.check());
}

void test_options__a_request_id_has_a_field_of_its_own(void**) {
  Options options;
  for (const char* good : {"X-Request-ID", " X-Correlation-ID ", "Request-Id", ""}) {
    assert_ok(options.set("request_id_header", good));
  }
  assert_text_equal(options.settings().request_id_header, "");
  for (const char* bad :
       {"X Request", "X_Request_ID", "X-Request-ID:", "Host", "connection", "Content-Length",
        "proxy", "X-Forwarded-For", "X-Request-Start", "traceparent", "\xc3\xa9"}) {
    assert_false(options.set("request_id_header", bad).is_ok());
  }
}

// As Waitress has it: what names nothing contradicts nothing.
void test_options__no_headers_need_no_trusted_proxy(void**) {
  Options options;
  assert_ok(options.set("trusted_proxy_headers", " "));
  assert_ok(options.check());
}

void test_options__names_what_is_ignored(void**) {
  Options options;
  assert_ok(options.set("send_bytes", "18000"));
  assert_ok(options.set("asyncore_use_poll", "true"));
  assert_int_equal(options.ignored().size(), 2);
}

std::string first_spec(Options& options) {
  std::vector<net::ListenSpec> specs;
  const bool by_host = options.is_set("host") || options.is_set("port");
  assert_ok(server::make_listen_specs(options.settings(), by_host, specs));
  return specs.at(0).text;
}

void test_make_service__chooses_where_to_listen(void**) {
  Options nothing;
  assert_text_equal(first_spec(nothing), "0.0.0.0:8080");
  Options port;
  assert_ok(port.set("port", "81"));
  assert_text_equal(first_spec(port), "0.0.0.0:81");
  Options host;
  assert_ok(host.set("host", "::1"));
  assert_text_equal(first_spec(host), "[::1]:8080");
  Options unix_socket;
  assert_ok(unix_socket.set("unix_socket", "/a"));
  assert_text_equal(first_spec(unix_socket), "unix:/a");
  Options sockets;
  assert_ok(sockets.set("sockets", "7 8"));
  assert_text_equal(first_spec(sockets), "fd:7");
}

void test_make_service__believes_proto_when_nothing_is_named(void**) {
  Options options;
  assert_ok(options.set("trusted_proxy", "127.0.0.1"));
  auto log = std::make_shared<tests::CapturingLog>();
  const auto service = server::make_service(options.settings(), 1, log);
  assert_true(service->proxy.now().headers.has(gateway::ProxyHeader::kProto));
  assert_false(service->proxy.now().headers.has_other_than(gateway::ProxyHeader::kProto));
  assert_int_equal(log->lines.size(), 1);
  assert_contains(log->lines[0], "x-forwarded-proto is believed");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_options__defaults_are_what_the_table_says),
      cmocka_unit_test(test_options__every_row_is_complete),
      cmocka_unit_test(test_options__sizes_have_units),
      cmocka_unit_test(test_options__booleans),
      cmocka_unit_test(test_options__numbers),
      cmocka_unit_test(test_options__ranges_tell_of_auto),
      cmocka_unit_test(test_options__the_port),
      cmocka_unit_test(test_options__seconds),
      cmocka_unit_test(test_options__other_types),
      cmocka_unit_test(test_options__trusted_proxy_count),
      cmocka_unit_test(test_options__names),
      cmocka_unit_test(test_options__two_names_of_one_option),
      cmocka_unit_test(test_options__can_be_taken_back),
      cmocka_unit_test(test_options__conflicts),
      cmocka_unit_test(test_options__forwarded_goes_with_what_tells_of_the_request),
      cmocka_unit_test(test_options__a_request_id_has_a_field_of_its_own),
      cmocka_unit_test(test_options__no_headers_need_no_trusted_proxy),
      cmocka_unit_test(test_options__names_what_is_ignored),
      cmocka_unit_test(test_make_service__chooses_where_to_listen),
      cmocka_unit_test(test_make_service__believes_proto_when_nothing_is_named),
  };
  return cmocka_run_group_tests_name("server/options", tests, nullptr, nullptr);
}
