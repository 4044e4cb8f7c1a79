// gateway/proxy_headers and what it reads with: whom to believe, and what becomes of the environ.
#include <map>
#include <string>
#include <vector>

#include "gateway/hop_list.h"
#include "gateway/node.h"
#include "gateway/proxy_headers.h"
#include "support/capturing_log.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using namespace wserve::gateway;
using Headers = std::map<std::string, std::string>;

namespace {

ProxyPolicy policy_of(const std::string& peers, const std::vector<ProxyHeader>& headers,
                      unsigned count = 1) {
  ProxyPolicy policy;
  assert_true(TrustedPeers::parse(peers, policy.peers).is_ok());
  for (const ProxyHeader header : headers) {
    policy.headers.insert(header);
  }
  policy.count = count;
  return policy;
}

const std::vector<ProxyHeader> kAllX = {ProxyHeader::kFor,   ProxyHeader::kHost,
                                        ProxyHeader::kProto, ProxyHeader::kPort,
                                        ProxyHeader::kBy,    ProxyHeader::kPrefix};
const std::vector<ProxyHeader> kForwardedOnly = {ProxyHeader::kForwarded};

// The peer is 127.0.0.1:8080, the request is for http://192.168.1.1:80/.
struct Fixture {
  base::Arena arena;
  Environ environ_;
  Endpoint endpoint;
  tests::CapturingLog log;

  Fixture() {
    endpoint.peer_address = *base::IpAddress::parse("127.0.0.1");
    endpoint.peer_port = 8080;
  }

  std::optional<MalformedHeader> apply(const ProxyPolicy& policy, const Headers& headers) {
    environ_.restart(arena);
    environ_.set("REMOTE_ADDR", "127.0.0.1");
    environ_.set("REMOTE_HOST", "127.0.0.1");
    environ_.set("REMOTE_PORT", "8080");
    environ_.set("SERVER_NAME", "localhost");
    environ_.set("SERVER_PORT", "80");
    environ_.set("SCRIPT_NAME", "");
    environ_.set("HTTP_HOST", "192.168.1.1:80");
    environ_.set("ws.url_scheme", "http");
    for (const auto& [name, value] : headers) {
      environ_.set("HTTP_" + name, value);
    }
    return apply_proxy_policy(policy, endpoint, environ_, log);
  }
};

struct BelievedCase {
  const char* what;
  std::vector<ProxyHeader> headers;
  unsigned count;
  Headers sent;
  Headers expected;  // "" for a key that must be absent or empty
};

void test_proxy_headers__believes(void**) {
  const BelievedCase cases[] = {
      {"proto",
       {ProxyHeader::kProto},
       1,
       {{"X_FORWARDED_PROTO", "https"}, {"X_FOO", "bar"}},
       {{"ws.url_scheme", "https"},
        {"SERVER_PORT", "443"},
        {"SERVER_NAME", "localhost"},
        {"REMOTE_ADDR", "127.0.0.1"},
        {"HTTP_HOST", "192.168.1.1:80"},
        {"HTTP_X_FOO", "bar"},
        {"HTTP_X_FORWARDED_PROTO", "https"}}},
      {"proto in capitals",
       {ProxyHeader::kProto},
       1,
       {{"X_FORWARDED_PROTO", "HTTPS"}},
       {{"ws.url_scheme", "https"}}},
      {"quoted proto",
       {ProxyHeader::kProto},
       1,
       {{"X_FORWARDED_PROTO", "\"https\""}},
       {{"ws.url_scheme", "https"}}},
      {"empty proto",
       {ProxyHeader::kProto},
       1,
       {{"X_FORWARDED_PROTO", ""}},
       {{"ws.url_scheme", "http"}, {"SERVER_PORT", "80"}}},
      {"for",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "192.0.2.1"}},
       {{"REMOTE_ADDR", "192.0.2.1"}, {"REMOTE_HOST", "192.0.2.1"}, {"REMOTE_PORT", "8080"}}},
      {"for with port",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "192.0.2.1:4711"}},
       {{"REMOTE_ADDR", "192.0.2.1"}, {"REMOTE_PORT", "4711"}}},
      {"for v6 without brackets",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "2001:db8::0"}},
       {{"REMOTE_ADDR", "2001:db8::0"}, {"REMOTE_PORT", "8080"}}},
      {"for v6 with brackets",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "[2001:db8::1]"}},
       {{"REMOTE_ADDR", "2001:db8::1"}}},
      {"for v6 with port",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "[2001:db8::1]:1234"}},
       {{"REMOTE_ADDR", "2001:db8::1"}, {"REMOTE_PORT", "1234"}}},
      {"for v6 mapped",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "::ffff:192.0.2.1"}},
       {{"REMOTE_ADDR", "::ffff:192.0.2.1"}, {"REMOTE_PORT", "8080"}}},
      {"for quoted",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "\"192.0.2.1\""}},
       {{"REMOTE_ADDR", "192.0.2.1"}}},
      {"for unknown",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "unknown"}},
       {{"REMOTE_ADDR", "unknown"}}},
      {"the last of three",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "192.0.2.1, 198.51.100.2, 203.0.113.1"}},
       {{"REMOTE_ADDR", "203.0.113.1"}, {"HTTP_X_FORWARDED_FOR", "203.0.113.1"}}},
      {"two of three",
       {ProxyHeader::kFor},
       2,
       {{"X_FORWARDED_FOR", "192.0.2.1, 198.51.100.2, 203.0.113.1"}},
       {{"REMOTE_ADDR", "198.51.100.2"}, {"HTTP_X_FORWARDED_FOR", "198.51.100.2, 203.0.113.1"}}},
      {"fewer than counted",
       {ProxyHeader::kFor},
       5,
       {{"X_FORWARDED_FOR", "192.0.2.1, 198.51.100.2"}},
       {{"REMOTE_ADDR", "192.0.2.1"}, {"HTTP_X_FORWARDED_FOR", "192.0.2.1, 198.51.100.2"}}},
      {"garbage left of what is believed",
       {ProxyHeader::kFor},
       1,
       {{"X_FORWARDED_FOR", "\"open, <script>, 203.0.113.1"}},
       {{"REMOTE_ADDR", "203.0.113.1"}}},
      {"host with port",
       {ProxyHeader::kHost},
       1,
       {{"X_FORWARDED_HOST", "example.com:8080"}},
       {{"SERVER_NAME", "example.com"},
        {"SERVER_PORT", "8080"},
        {"HTTP_HOST", "example.com:8080"}}},
      {"host without port",
       {ProxyHeader::kHost},
       1,
       {{"X_FORWARDED_HOST", "example.com"}},
       {{"SERVER_NAME", "example.com"}, {"SERVER_PORT", "80"}, {"HTTP_HOST", "example.com"}}},
      {"host with an empty port",
       {ProxyHeader::kHost},
       1,
       {{"X_FORWARDED_HOST", "example.com:"}},
       {{"SERVER_NAME", "example.com"}, {"SERVER_PORT", "80"}, {"HTTP_HOST", "example.com"}}},
      {"an empty port is the scheme's",
       kAllX,
       1,
       {{"X_FORWARDED_HOST", "example.com:"}, {"X_FORWARDED_PROTO", "https"}},
       {{"SERVER_NAME", "example.com"}, {"SERVER_PORT", "443"}, {"HTTP_HOST", "example.com"}}},
      {"a port with zeros", kAllX, 1, {{"X_FORWARDED_PORT", "08080"}}, {{"SERVER_PORT", "8080"}}},
      {"wss", kAllX, 1, {{"X_FORWARDED_PROTO", "wss"}}, {{"ws.url_scheme", "https"}}},
      {"ws", kAllX, 1, {{"X_FORWARDED_PROTO", "WS"}}, {{"ws.url_scheme", "http"}}},
      {"a zone",
       kAllX,
       1,
       {{"X_FORWARDED_FOR", "fe80::1%eth0.7"}},
       {{"REMOTE_ADDR", "fe80::1"}, {"HTTP_X_FORWARDED_FOR", "fe80::1%eth0.7"}}},
      {"a zone in brackets",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=\"[fe80::1%25eth0]:80\""}},
       {{"REMOTE_ADDR", "fe80::1"}, {"REMOTE_PORT", "80"}}},
      {"a Unix socket", kAllX, 1, {{"X_FORWARDED_FOR", "unix:"}}, {{"REMOTE_ADDR", "unix"}}},
      {"an empty last item",
       kAllX,
       1,
       {{"X_FORWARDED_FOR", "6.6.6.6,"}, {"X_FORWARDED_HOST", "evil.example, "}},
       {{"REMOTE_ADDR", "127.0.0.1"},
        {"HTTP_HOST", "192.168.1.1:80"},
        {"HTTP_X_FORWARDED_FOR", ""},
        {"HTTP_X_FORWARDED_HOST", ""}}},
      {"an empty last element",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=6.6.6.6,"}},
       {{"REMOTE_ADDR", "127.0.0.1"}, {"HTTP_FORWARDED", ""}}},
      {"separators in quotes",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=6.6.6.6, for=192.0.2.1;ext=\"x, \\\"y; z\""}},
       {{"REMOTE_ADDR", "192.0.2.1"}, {"HTTP_FORWARDED", "for=192.0.2.1;ext=\"x, \\\"y; z\""}}},
      {"a quote of the client's",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=\"6.6.6.6, for=\"[2001:db8::1]\";host=a"}},
       {{"REMOTE_ADDR", "2001:db8::1"}, {"HTTP_FORWARDED", "for=\"[2001:db8::1]\";host=a"}}},
      {"two elements with quotes",
       kForwardedOnly,
       2,
       {{"FORWARDED", "for=6.6.6.6, for=\"192.0.2.1\";a=\",\", for=192.0.2.2;a=\",\""}},
       {{"REMOTE_ADDR", "192.0.2.1"}}},
      {"host v6",
       {ProxyHeader::kHost},
       1,
       {{"X_FORWARDED_HOST", "[2001:db8::1]:81"}},
       {{"SERVER_NAME", "[2001:db8::1]"},
        {"SERVER_PORT", "81"},
        {"HTTP_HOST", "[2001:db8::1]:81"}}},
      {"host and port",
       kAllX,
       1,
       {{"X_FORWARDED_HOST", "example.com"}, {"X_FORWARDED_PORT", "8080"}},
       {{"SERVER_NAME", "example.com"},
        {"SERVER_PORT", "8080"},
        {"HTTP_HOST", "example.com:8080"}}},
      {"a port in host wins",
       kAllX,
       1,
       {{"X_FORWARDED_HOST", "example.com:81"}, {"X_FORWARDED_PORT", "8080"}},
       {{"SERVER_PORT", "81"}, {"HTTP_HOST", "example.com:81"}}},
      {"port 80 with https",
       kAllX,
       1,
       {{"X_FORWARDED_HOST", "example.com"},
        {"X_FORWARDED_PORT", "80"},
        {"X_FORWARDED_PROTO", "https"}},
       {{"SERVER_PORT", "80"}, {"HTTP_HOST", "example.com:80"}, {"ws.url_scheme", "https"}}},
      {"port 443 with http",
       kAllX,
       1,
       {{"X_FORWARDED_HOST", "example.com"},
        {"X_FORWARDED_PORT", "443"},
        {"X_FORWARDED_PROTO", "http"}},
       {{"SERVER_PORT", "443"}, {"HTTP_HOST", "example.com:443"}}},
      {"port 443 with https",
       kAllX,
       1,
       {{"X_FORWARDED_HOST", "example.com"},
        {"X_FORWARDED_PORT", "443"},
        {"X_FORWARDED_PROTO", "https"}},
       {{"SERVER_PORT", "443"}, {"HTTP_HOST", "example.com"}}},
      {"port alone",
       {ProxyHeader::kPort},
       1,
       {{"X_FORWARDED_PORT", "8080"}},
       {{"SERVER_PORT", "8080"}, {"HTTP_HOST", "192.168.1.1:80"}}},
      {"hosts, two of three",
       {ProxyHeader::kHost},
       2,
       {{"X_FORWARDED_HOST", "a.com, b.com, c.com"}, {"X_FORWARDED_PORT", "8080"}},
       {{"SERVER_NAME", "b.com"},
        {"HTTP_X_FORWARDED_HOST", "b.com, c.com"},
        {"HTTP_X_FORWARDED_PORT", ""}}},
      {"by is kept, not read",
       {ProxyHeader::kBy},
       1,
       {{"X_FORWARDED_BY", "proxy"}, {"X_FORWARDED_FOR", "192.0.2.1"}, {"FORWARDED", "for=x"}},
       {{"HTTP_X_FORWARDED_BY", "proxy"},
        {"HTTP_X_FORWARDED_FOR", ""},
        {"HTTP_FORWARDED", ""},
        {"REMOTE_ADDR", "127.0.0.1"}}},
      {"prefix",
       {ProxyHeader::kPrefix},
       1,
       {{"X_FORWARDED_PREFIX", "/james/"}},
       {{"SCRIPT_NAME", "/james"}}},
      {"Forwarded",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=192.0.2.5:123;host=example.com:81;proto=https;by=203.0.113.1"},
        {"X_FORWARDED_FOR", "9.9.9.9"}},
       {{"REMOTE_ADDR", "192.0.2.5"},
        {"REMOTE_PORT", "123"},
        {"HTTP_HOST", "example.com:81"},
        {"SERVER_NAME", "example.com"},
        {"SERVER_PORT", "81"},
        {"ws.url_scheme", "https"},
        {"HTTP_X_FORWARDED_FOR", ""}}},
      {"Forwarded, quoted v6 with port",
       kForwardedOnly,
       1,
       {{"FORWARDED", "For=\"[2001:db8::1]:3821\""}},
       {{"REMOTE_ADDR", "2001:db8::1"}, {"REMOTE_PORT", "3821"}}},
      {"Forwarded, v6 without brackets",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=\"2001:db8::1\""}},
       {{"REMOTE_ADDR", "2001:db8::1"}}},
      {"Forwarded, hidden client",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=_hidden;proto=http"}},
       {{"REMOTE_ADDR", "_hidden"}}},
      {"Forwarded, empty pairs",
       kForwardedOnly,
       1,
       {{"FORWARDED", "for=192.0.2.1;;proto=https;"}},
       {{"REMOTE_ADDR", "192.0.2.1"}, {"ws.url_scheme", "https"}}},
      {"Forwarded, two of three",
       kForwardedOnly,
       2,
       {{"FORWARDED",
         "for=9.9.9.9;host=evil, for=192.0.2.2;host=a.com, for=198.51.100.2;host=b.com"}},
       {{"REMOTE_ADDR", "192.0.2.2"},
        {"HTTP_HOST", "a.com"},
        {"HTTP_FORWARDED", "for=192.0.2.2;host=a.com, for=198.51.100.2;host=b.com"}}},
      {"Forwarded, the oldest with a value decides, each field for itself",
       kForwardedOnly,
       3,
       {{"FORWARDED",
         "for=192.0.2.1, for=198.51.100.2;host=a.com, for=203.0.113.3;host=b.com;proto=https"}},
       {{"REMOTE_ADDR", "192.0.2.1"},
        {"HTTP_HOST", "a.com"},
        {"SERVER_PORT", "443"},
        {"ws.url_scheme", "https"}}},
  };
  for (const BelievedCase& c : cases) {
    Fixture f;
    const auto problem = f.apply(policy_of("127.0.0.1", c.headers, c.count), c.sent);
    if (problem) {
      print_error("%s: %s\n", c.what, problem->reason.c_str());
    }
    assert_false(problem.has_value());
    for (const auto& [key, value] : c.expected) {
      if (f.environ_.get(key) != value) {
        print_error("%s, %s\n", c.what, key.c_str());
      }
      assert_text_equal(f.environ_.get(key), value);
    }
  }
}

struct MalformedCase {
  std::vector<ProxyHeader> headers;
  Headers sent;
  const char* header;
};

void test_proxy_headers__refuses_what_cannot_be_read(void**) {
  const MalformedCase cases[] = {
      {kAllX, {{"X_FORWARDED_PROTO", "http://p02n3e.com?url=http"}}, "X-Forwarded-Proto"},
      {kAllX, {{"X_FORWARDED_PROTO", "https, https"}}, "X-Forwarded-Proto"},
      {kAllX, {{"X_FORWARDED_PROTO", "\"https"}}, "X-Forwarded-Proto"},
      {kAllX, {{"X_FORWARDED_PROTO", "wsss"}}, "X-Forwarded-Proto"},
      {kAllX, {{"X_FORWARDED_FOR", "fe80::1%"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", "192.0.2.1%eth0"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", "fe80::1%a b"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", "unix:/a"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_HOST", "a%zz"}}, "X-Forwarded-Host"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/\\evil"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/a\tb"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/a b"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/a?b"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/a#b"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/a/../.."}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/a/%2e."}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/%2E"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "/%zz"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PORT", "443, 80"}}, "X-Forwarded-Port"},
      {kAllX, {{"X_FORWARDED_PORT", "abc"}}, "X-Forwarded-Port"},
      {kAllX, {{"X_FORWARDED_PORT", "0"}}, "X-Forwarded-Port"},
      {kAllX, {{"X_FORWARDED_PORT", "70000"}}, "X-Forwarded-Port"},
      {kAllX, {{"X_FORWARDED_FOR", "\"foo"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", "192.0.2.1:abc"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", "a b"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", ":80"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", "[2001:db8::1"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_FOR", "1:2:3"}}, "X-Forwarded-For"},
      {kAllX, {{"X_FORWARDED_HOST", "\"foo"}}, "X-Forwarded-Host"},
      {kAllX, {{"X_FORWARDED_HOST", "a b"}}, "X-Forwarded-Host"},
      {kAllX, {{"X_FORWARDED_HOST", "user@host"}}, "X-Forwarded-Host"},
      {kAllX, {{"X_FORWARDED_HOST", "host/path"}}, "X-Forwarded-Host"},
      {kAllX, {{"X_FORWARDED_PREFIX", "james"}}, "X-Forwarded-Prefix"},
      {kAllX, {{"X_FORWARDED_PREFIX", "//evil.com"}}, "X-Forwarded-Prefix"},
      {kForwardedOnly, {{"FORWARDED", "for=192.0.2.1; proto=https"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "for =192.0.2.1"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "for= 192.0.2.1"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "for"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "=192.0.2.1"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "for=192.0.2.1;a b=c"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "for=192.0.2.1;for=192.0.2.2"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "host=a;HOST=b"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "proto=\"\";proto=https"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "by=a;for=192.0.2.1;by=b"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "for=\"foo"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "for=\":80\""}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "host=\"foo"}}, "Forwarded"},
      {kForwardedOnly, {{"FORWARDED", "proto=ftp"}}, "Forwarded"},
  };
  for (const MalformedCase& c : cases) {
    Fixture f;
    const auto problem = f.apply(policy_of("127.0.0.1", c.headers), c.sent);
    if (!problem) {
      print_error("%s\n", c.sent.begin()->second.c_str());
    }
    assert_true(problem.has_value());
    assert_text_equal(problem->header, c.header);
    assert_false(problem->reason.empty());
  }
}

const Headers kEverything = {{"FORWARDED", "for=9.9.9.9"},    {"X_FORWARDED_FOR", "9.9.9.9"},
                             {"X_FORWARDED_HOST", "evil"},    {"X_FORWARDED_PROTO", "https"},
                             {"X_FORWARDED_PORT", "666"},     {"X_FORWARDED_BY", "evil"},
                             {"X_FORWARDED_PREFIX", "/evil"}, {"X_FORWARDED_SERVER", "evil"},
                             {"X_FORWARDED_SCHEME", "https"}};

void assert_nothing_changed(Fixture& f) {
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "127.0.0.1");
  assert_text_equal(f.environ_.get("SERVER_NAME"), "localhost");
  assert_text_equal(f.environ_.get("SERVER_PORT"), "80");
  assert_text_equal(f.environ_.get("HTTP_HOST"), "192.168.1.1:80");
  assert_text_equal(f.environ_.get("ws.url_scheme"), "http");
  assert_text_equal(f.environ_.get("SCRIPT_NAME"), "");
}

void test_proxy_headers__clears_everything_by_default(void**) {
  for (const char* peers : {"", "10.0.0.1", "unix:"}) {
    Fixture f;
    ProxyPolicy policy = policy_of(peers, *peers != '\0' ? kAllX : std::vector<ProxyHeader>());
    policy.log_untrusted = true;
    assert_false(f.apply(policy, kEverything).has_value());
    assert_nothing_changed(f);
    for (const auto& [name, value] : kEverything) {
      assert_false(f.environ_.erase("HTTP_" + name));
    }
    assert_int_equal(f.log.lines.size(), 1);
    assert_text_equal(f.log.lines[0],
                      "Removed untrusted headers (Forwarded, X-Forwarded-For, X-Forwarded-Host, "
                      "X-Forwarded-Proto, X-Forwarded-Port, X-Forwarded-By, X-Forwarded-Prefix, "
                      "X-Forwarded-Server, X-Forwarded-Scheme). wserve recommends these be removed "
                      "upstream.");
  }
}

void test_proxy_headers__leaves_untrusted_headers_when_told_so(void**) {
  Fixture f;
  ProxyPolicy policy = policy_of("10.0.0.1", kAllX);
  policy.clear_untrusted = false;
  assert_false(f.apply(policy, kEverything).has_value());
  assert_nothing_changed(f);
  for (const auto& [name, value] : kEverything) {
    assert_text_equal(f.environ_.get("HTTP_" + name), value);
  }
  assert_int_equal(f.log.lines.size(), 0);
}

void test_proxy_headers__applies_nothing_without_a_list_of_headers(void**) {
  Fixture f;
  assert_false(f.apply(policy_of("*", {}), kEverything).has_value());
  assert_nothing_changed(f);
}

void test_proxy_headers__warns_of_unknown_forwarded_tokens(void**) {
  Fixture f;
  assert_false(
      f.apply(policy_of("*", kForwardedOnly), {{"FORWARDED", "for=1.2.3.4;secret=x"}}).has_value());
  assert_int_equal(f.log.lines.size(), 1);
  assert_text_equal(f.log.lines[0], "Unknown Forwarded token: secret");
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "1.2.3.4");
}

void test_proxy_headers__auto_count_follows_trusted_hops(void**) {
  Fixture f;
  ProxyPolicy policy = policy_of("127.0.0.1 10.0.0.0/8", kAllX);
  policy.count_auto = true;
  assert_false(f.apply(policy, {{"X_FORWARDED_FOR", "6.6.6.6, 192.0.2.1, 10.0.0.2, 10.0.0.1"},
                                {"X_FORWARDED_HOST", "evil, a.com, b.com, c.com"}})
                   .has_value());
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "192.0.2.1");
  assert_text_equal(f.environ_.get("HTTP_X_FORWARDED_FOR"), "192.0.2.1, 10.0.0.2, 10.0.0.1");
  assert_text_equal(f.environ_.get("HTTP_HOST"), "a.com");
  ProxyPolicy forwarded = policy_of("127.0.0.1 10.0.0.0/8 2001:db8::/32", kForwardedOnly);
  forwarded.count_auto = true;
  assert_false(
      f.apply(forwarded, {{"FORWARDED", "for=6.6.6.6, for=192.0.2.1, For=\"[2001:db8::1]:80\""}})
          .has_value());
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "192.0.2.1");
  ProxyPolicy everybody = policy_of("*", kAllX);
  everybody.count_auto = true;
  assert_false(f.apply(everybody, {{"X_FORWARDED_FOR", "6.6.6.6, 192.0.2.1"}}).has_value());
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "192.0.2.1");
}

void test_trusted_peers__read_addresses_networks_unix_and_everybody(void**) {
  TrustedPeers peers;
  assert_true(TrustedPeers::parse("10.0.0.0/8, 2001:db8::/32\n192.0.2.1 unix:", peers).is_ok());
  Endpoint endpoint;
  endpoint.peer_address = *base::IpAddress::parse("10.9.9.9");
  assert_true(peers.trusts(endpoint));
  endpoint.peer_address = *base::IpAddress::parse("::ffff:192.0.2.1");
  assert_true(peers.trusts(endpoint));
  endpoint.peer_address = *base::IpAddress::parse("192.0.2.2");
  assert_false(peers.trusts(endpoint));
  endpoint.is_unix = true;
  assert_true(peers.trusts(endpoint));
  assert_true(TrustedPeers::parse("10.0.0.0/8", peers).is_ok());
  assert_false(peers.trusts(endpoint));
  assert_true(TrustedPeers::parse("localhost", peers).is_ok());
  assert_true(peers.trusts(endpoint));
  assert_true(TrustedPeers::parse("*", peers).is_ok());
  assert_true(peers.trusts(endpoint));
}

void test_trusted_peers__name_the_word_that_is_wrong(void**) {
  TrustedPeers peers;
  const base::Status status = TrustedPeers::parse("10.0.0.0/8 10.0.0.1/8", peers);
  assert_int_equal(static_cast<int>(status.code()), static_cast<int>(base::Code::kInvalid));
  assert_contains(status.message(), "got \"10.0.0.1/8\"");
  assert_true(peers.is_empty());
}

void test_trusted_peers__localhost_is_this_machine(void**) {
  TrustedPeers peers;
  assert_true(TrustedPeers::parse("localhost", peers).is_ok());
  Endpoint endpoint;
  endpoint.is_unix = true;
  assert_true(peers.trusts(endpoint));
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1"}) {
    assert_true(peers.trusts(*base::IpAddress::parse(address)));
  }
  for (const char* address : {"10.0.0.1", "::2", "128.0.0.1"}) {
    assert_false(peers.trusts(*base::IpAddress::parse(address)));
  }
}

void test_trusted_peers__a_proxy_that_names_no_client_is_nobody(void**) {
  for (const char* list : {"*", "127.0.0.1", "unix:"}) {
    TrustedPeers peers;
    assert_true(TrustedPeers::parse(list, peers).is_ok());
    Endpoint endpoint;
    endpoint.peer_address = *base::IpAddress::parse("127.0.0.1");
    endpoint.is_unix = base::ByteView(list) == "unix:";
    assert_true(peers.trusts(endpoint));
    ProxiedConnection unnamed;
    unnamed.has_client = false;
    endpoint.proxied = std::make_shared<const ProxiedConnection>(unnamed);
    assert_false(peers.trusts(endpoint));
  }
}

void test_hop_list__takes_items_from_the_right(void**) {
  assert_text_equal(last_items("a, b ,c", 1), "c");
  assert_text_equal(last_items("a, b ,c", 2), "b ,c");
  assert_text_equal(last_items("a, b ,c", 3), "a, b ,c");
  assert_text_equal(last_items("a, b ,c", 99), "a, b ,c");
  assert_text_equal(last_items(",a", 2), ",a");
  assert_text_equal(last_items("a,", 1), "");
  assert_text_equal(last_items("", 1), "");
  assert_text_equal(first_item(""), "");
  assert_text_equal(first_item(" a , b, c"), "a");
  assert_text_equal(first_item(", b"), "");
  assert_text_equal(first_item("x=\"a, b\", c"), "x=\"a, b\"");
  assert_text_equal(last_items("a, \"b, c\"", 1), "\"b, c\"");
  assert_text_equal(last_items("\"a, b, c=\"d, e\"", 1), "c=\"d, e\"");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_proxy_headers__believes),
      cmocka_unit_test(test_trusted_peers__localhost_is_this_machine),
      cmocka_unit_test(test_trusted_peers__a_proxy_that_names_no_client_is_nobody),
      cmocka_unit_test(test_proxy_headers__refuses_what_cannot_be_read),
      cmocka_unit_test(test_proxy_headers__clears_everything_by_default),
      cmocka_unit_test(test_proxy_headers__leaves_untrusted_headers_when_told_so),
      cmocka_unit_test(test_proxy_headers__applies_nothing_without_a_list_of_headers),
      cmocka_unit_test(test_proxy_headers__warns_of_unknown_forwarded_tokens),
      cmocka_unit_test(test_proxy_headers__auto_count_follows_trusted_hops),
      cmocka_unit_test(test_trusted_peers__read_addresses_networks_unix_and_everybody),
      cmocka_unit_test(test_trusted_peers__name_the_word_that_is_wrong),
      cmocka_unit_test(test_hop_list__takes_items_from_the_right),
  };
  return cmocka_run_group_tests_name("gateway/proxy_headers", tests, nullptr, nullptr);
}
