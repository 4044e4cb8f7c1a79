// gateway/prefix_filter: where the application is mounted, and whom it believes.
#include <string>
#include <vector>

#include "gateway/make_environ.h"
#include "gateway/prefix_filter.h"
#include "http/request_parser.h"
#include "support/capturing_log.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using namespace wserve::gateway;

namespace {

struct Fixture {
  http::Request request;
  Environ environ_;
  Endpoint endpoint;
  EndpointTexts ends;
  Site site;
  ProxyPolicy policy;
  PrefixSettings settings;
  tests::CapturingLog log;

  explicit Fixture(const char* peer = "127.0.0.1") {
    endpoint.peer_address = *base::IpAddress::parse(peer);
    endpoint.server_port = 8080;
  }

  void trust(const char* peers, std::initializer_list<ProxyHeader> headers, unsigned count = 1) {
    assert_true(TrustedPeers::parse(peers, policy.peers).is_ok());
    for (const ProxyHeader header : headers) {
      policy.headers.insert(header);
    }
    policy.count = count;
  }

  std::optional<MalformedHeader> run(const std::string& path, const std::string& fields = "",
                                     const std::string& host = "example.org:81") {
    const std::string head =
        "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n";
    request.reset();
    const http::ParserLimits limits;
    http::RequestParser parser;
    parser.restart(limits);
    base::ByteView input = head;
    assert_true(parser.feed(input, request) == http::RequestParser::Progress::kReady);
    ends.describe(endpoint);
    make_environ(request, ends, EnvironForm(site), environ_);
    assert_false(apply_proxy_policy(policy, endpoint, environ_, log).has_value());
    return apply_prefix(settings, request, endpoint, policy, environ_, log);
  }
};

// One engine decides: the filter takes the hop that the server has taken.
void test_prefix_filter__takes_the_hop_of_count_auto(void**) {
  Fixture f;
  f.trust("127.0.0.1 10.0.0.0/8", {ProxyHeader::kFor, ProxyHeader::kHost, ProxyHeader::kServer}, 0);
  f.policy.count_auto = true;
  assert_false(f.run("/x",
                     "X-Forwarded-For: 9.9.9.9, 6.6.6.6, 10.0.0.2\r\n"
                     "X-Forwarded-Host: evil.example, www.client.example, inner.local\r\n"
                     "X-Forwarded-Server: evil.example, edge.example:81, inner.local\r\n")
                   .has_value());
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "6.6.6.6");
  assert_text_equal(f.environ_.get("HTTP_HOST"), "www.client.example");
  assert_text_equal(f.environ_.get("SERVER_NAME"), "edge.example");
  assert_text_equal(f.environ_.get("HTTP_X_FORWARDED_FOR"), "");
}

void test_prefix_filter__mounts(void**) {
  const struct {
    const char* prefix;
    bool append;
    const char* path;
    const char* script_name;
    const char* path_info;
  } cases[] = {
      {"", false, "/x", "", "/x"},
      {"/james", false, "/james/bond", "/james", "/bond"},
      {"/james", false, "/james", "/james", "/"},
      {"/james", false, "/james/", "/james", "/"},
      {"/james", false, "/jamesbond", "/james", "/jamesbond"},
      {"/james", false, "/James/bond", "/james", "/James/bond"},
      {"/j.mes", false, "/james/x", "/j.mes", "/james/x"},
      {"/james", false, "/james/a%0Ab", "/james", "/a\nb"},
      {"/a/b", false, "/a/b/c", "/a/b", "/c"},
      {"/james", true, "/james/bond", "/site/james", "/bond"},
      {"", true, "/x", "/site", "/x"},
  };
  for (const auto& c : cases) {
    Fixture f;
    f.site.url_prefix = c.append ? "/site" : "";
    f.settings.prefix = c.prefix;
    f.settings.append = c.append;
    assert_false(f.run(c.path).has_value());
    assert_text_equal(f.environ_.get("SCRIPT_NAME"), c.script_name);
    assert_text_equal(f.environ_.get("PATH_INFO"), c.path_info);
  }
}

void test_prefix_filter__overwrites_the_url_prefix(void**) {
  Fixture f;
  f.site.url_prefix = "/site";
  assert_false(f.run("/site/x").has_value());
  assert_text_equal(f.environ_.get("SCRIPT_NAME"), "");
  assert_text_equal(f.environ_.get("PATH_INFO"), "/x");
}

constexpr const char* kEverything =
    "X-Forwarded-Server: s.example\r\nX-Forwarded-Host: h.example\r\n"
    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Scheme: https\r\nX-Forwarded-Proto: http\r\n";

void test_prefix_filter__believes_nobody_else(void**) {
  for (const bool has_policy : {false, true}) {
    Fixture f("198.51.100.1");
    if (has_policy) {
      f.trust("127.0.0.1", {ProxyHeader::kProto, ProxyHeader::kHost});
    }
    assert_false(f.run("/x", kEverything).has_value());
    assert_text_equal(f.environ_.get("ws.url_scheme"), "http");
    assert_text_equal(f.environ_.get("HTTP_HOST"), "example.org:81");
    assert_text_equal(f.environ_.get("REMOTE_ADDR"), "198.51.100.1");
    assert_text_equal(f.environ_.get("SERVER_NAME"), "wserve.invalid");
  }
}

void test_prefix_filter__believes_this_machine_in_two_headers(void**) {
  for (const char* peer : {"127.0.0.1", "127.9.9.9", "::1"}) {
    Fixture f(peer);
    assert_false(f.run("/x", kEverything).has_value());
    assert_text_equal(f.environ_.get("ws.url_scheme"), "http");
    assert_text_equal(f.environ_.get("HTTP_HOST"), "example.org:81");
    assert_text_equal(f.environ_.get("REMOTE_ADDR"), "192.0.2.1");
    assert_false(f.run("/x", "X-Forwarded-Proto: http, HTTPS\r\n").has_value());
    assert_text_equal(f.environ_.get("ws.url_scheme"), "https");
  }
}

void test_prefix_filter__believes_what_is_trusted(void**) {
  Fixture f("10.0.0.1");
  f.trust("10.0.0.1", {ProxyHeader::kServer, ProxyHeader::kHost, ProxyHeader::kFor,
                       ProxyHeader::kScheme, ProxyHeader::kProto});
  assert_false(f.run("/x", kEverything).has_value());
  assert_text_equal(f.environ_.get("SERVER_NAME"), "s.example");
  assert_text_equal(f.environ_.get("HTTP_HOST"), "h.example");
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "192.0.2.1");
  assert_text_equal(f.environ_.get("ws.url_scheme"), "https");
  for (const char* key : {"HTTP_X_FORWARDED_SERVER", "HTTP_X_FORWARDED_HOST",
                          "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_SCHEME"}) {
    assert_null(f.environ_.find(key));
  }
  assert_false(f.run("/x", "X-Forwarded-Server: evil, s.example\r\n").has_value());
  assert_text_equal(f.environ_.get("HTTP_HOST"), "s.example");
}

void test_prefix_filter__can_be_told_not_to_translate(void**) {
  Fixture f;
  f.settings.translate_forwarded_server = false;
  assert_false(f.run("/x", "X-Forwarded-Proto: https\r\n").has_value());
  assert_text_equal(f.environ_.get("ws.url_scheme"), "http");
}

void test_prefix_filter__forces(void**) {
  const struct {
    const char* scheme;
    const char* port;  // null: not forced
    const char* host;
    const char* expected_host;
    const char* expected_port;
    const char* expected_scheme;
  } cases[] = {
      {"https", nullptr, "a:81", "a:81", "8080", "https"},
      {"", "444", "a:81", "a:444", "444", "http"},
      {"", "444", "[::1]:81", "[::1]:444", "444", "http"},
      {"", "444", "[::1]", "[::1]:444", "444", "http"},
      {"", "", "a:81", "a", "80", "http"},
      {"https", "", "a:81", "a", "443", "https"},
  };
  for (const auto& c : cases) {
    Fixture f;
    f.settings.scheme = c.scheme;
    f.settings.force_port = c.port != nullptr ? std::optional<std::string>(c.port) : std::nullopt;
    assert_false(f.run("/x", "", c.host).has_value());
    assert_text_equal(f.environ_.get("HTTP_HOST"), c.expected_host);
    assert_text_equal(f.environ_.get("SERVER_PORT"), c.expected_port);
    assert_text_equal(f.environ_.get("ws.url_scheme"), c.expected_scheme);
  }
}

void test_prefix_filter__refuses_what_cannot_be_read(void**) {
  for (const auto& [header, value] :
       {std::pair<const char*, const char*>{"X-Forwarded-Server", "a b"},
        {"X-Forwarded-Server", "a/b"},
        {"X-Forwarded-Scheme", "ftp"},
        {"X-Forwarded-Scheme", "\"https"}}) {
    Fixture f;
    f.trust("127.0.0.1", {ProxyHeader::kServer, ProxyHeader::kScheme});
    const auto malformed = f.run("/x", std::string(header) + ": " + value + "\r\n");
    assert_true(malformed.has_value());
    assert_text_equal(malformed->header, header);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_prefix_filter__takes_the_hop_of_count_auto),
      cmocka_unit_test(test_prefix_filter__mounts),
      cmocka_unit_test(test_prefix_filter__overwrites_the_url_prefix),
      cmocka_unit_test(test_prefix_filter__believes_nobody_else),
      cmocka_unit_test(test_prefix_filter__believes_this_machine_in_two_headers),
      cmocka_unit_test(test_prefix_filter__believes_what_is_trusted),
      cmocka_unit_test(test_prefix_filter__can_be_told_not_to_translate),
      cmocka_unit_test(test_prefix_filter__forces),
      cmocka_unit_test(test_prefix_filter__refuses_what_cannot_be_read),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
