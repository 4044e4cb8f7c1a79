// gateway/make_environ: every key of the environ, from a request that the parser has read.
#include <map>
#include <string>

#include "gateway/make_environ.h"
#include "gateway/url_prefix.h"
#include "http/request_parser.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::ByteView;
using gateway::Endpoint;
using gateway::Environ;
using gateway::Site;

namespace {

base::Storage storage;

struct Fixture {
  http::ParserLimits limits;
  http::RequestParser parser;
  http::Request request;
  Endpoint endpoint;
  gateway::EndpointTexts ends;
  Site site;
  Environ environ_;

  Fixture() {
    endpoint.peer_address = *base::IpAddress::parse("192.0.2.7");
    endpoint.peer_port = 4711;
    endpoint.server_port = 8080;
    request.configure(100'000, storage);
  }

  Environ& make(ByteView input) {
    parser.restart(limits);
    request.reset();
    request.configure(100'000, storage);
    assert_int_equal(static_cast<int>(parser.feed(input, request)),
                     static_cast<int>(http::RequestParser::Progress::kReady));
    ends.describe(endpoint);
    gateway::make_environ(request, ends, gateway::EnvironForm(site), environ_);
    return environ_;
  }

  bool has(ByteView key) { return static_cast<const Environ&>(environ_).find(key) != nullptr; }
};

void test_make_environ__has_exactly_these_keys(void**) {
  Fixture f;
  f.make(
      "POST /a%20b?q=1 HTTP/1.1\r\nHost: example.com:81\r\nContent-Type: text/x\r\n"
      "Content-Length: 007\r\nAccept: */*\r\n\r\n1234567");
  const std::map<std::string, std::string> expected = {
      {"REQUEST_METHOD", "POST"},      {"SCRIPT_NAME", ""},
      {"PATH_INFO", "/a b"},           {"QUERY_STRING", "q=1"},
      {"REQUEST_URI", "/a%20b?q=1"},   {"SERVER_PROTOCOL", "HTTP/1.1"},
      {"REMOTE_ADDR", "192.0.2.7"},    {"REMOTE_HOST", "192.0.2.7"},
      {"REMOTE_PORT", "4711"},         {"SERVER_NAME", "wserve.invalid"},
      {"SERVER_PORT", "8080"},         {"SERVER_SOFTWARE", "wserve"},
      {"CONTENT_TYPE", "text/x"},      {"CONTENT_LENGTH", "007"},
      {"HTTP_HOST", "example.com:81"}, {"HTTP_ACCEPT", "*/*"},
      {"ws.url_scheme", "http"},       {"ws.version", "1.0"},
      {"ws.multithread", "true"},      {"ws.input_terminated", "true"},
  };
  assert_int_equal(f.environ_.entries().size(), expected.size());
  for (const auto& [key, value] : expected) {
    assert_true(f.has(key));
    assert_text_equal(f.environ_.get(key), value);
  }
  for (const Environ::Entry& entry : f.environ_.entries()) {
    assert_int_equal(entry.key.data()[entry.key.size()], '\0');
    assert_int_equal(entry.value.data()[entry.value.size()], '\0');
  }
}

void test_make_environ__joins_repeated_fields(void**) {
  Fixture f;
  f.make(
      "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nCookie: a=b\r\nx-a: 2\r\nCookie: "
      "c=d\r\nX-A:\r\n\r\n");
  assert_text_equal(f.environ_.get("HTTP_X_A"), "1, 2, ");
  assert_text_equal(f.environ_.get("HTTP_COOKIE"), "a=b; c=d");
}

// A client that repeats a field must not make the server copy what it has again and again: how
// often does the value move?
void test_environ__joins_many_values_without_moving_them_much(void**) {
  wserve::base::Arena arena;
  Environ environ_;
  environ_.restart(arena);
  std::string first = "0";
  std::string second = "0";
  environ_.join("FIRST", "0");
  environ_.join("SECOND", "0");
  int moves = 0;
  for (int i = 1; i < 10'000; ++i) {
    const char* before = environ_.get("FIRST").data();
    const std::string value = std::to_string(i);
    environ_.join("FIRST", value);
    environ_.join("SECOND", value);
    moves += environ_.get("FIRST").data() != before ? 1 : 0;
    first += ", " + value;
    second += ", " + value;
  }
  assert_text_equal(environ_.get("FIRST"), first);
  assert_text_equal(environ_.get("SECOND"), second);
  assert_int_equal(environ_.get("FIRST").data()[first.size()], '\0');
  assert_in_range(moves, 1, 16);
  environ_.set("FIRST", "anew");
  environ_.join("FIRST", "1");
  assert_text_equal(environ_.get("FIRST"), "anew, 1");
}

void test_make_environ__keeps_what_no_rule_forbids(void**) {
  Fixture f;
  f.make(
      "GET / HTTP/1.1\r\nHost: a\r\nA.B!: x\r\nLatin: \xa0\x85\xe9\xa0\r\nExpect: 100-continue\r\n"
      "Connection: TE\r\nUpgrade: h2c\r\nTE: trailers\r\n\r\n");
  assert_text_equal(f.environ_.get("HTTP_A.B!"), "x");
  assert_text_equal(f.environ_.get("HTTP_LATIN"), "\xa0\x85\xe9\xa0");
  assert_text_equal(f.environ_.get("HTTP_EXPECT"), "100-continue");
  assert_text_equal(f.environ_.get("HTTP_CONNECTION"), "TE");
  assert_text_equal(f.environ_.get("HTTP_UPGRADE"), "h2c");
  assert_text_equal(f.environ_.get("HTTP_TE"), "trailers");
}

void test_make_environ__drops_what_would_mislead(void**) {
  Fixture f;
  f.make(
      "GET / HTTP/1.1\r\nHost: a\r\nProxy: evil\r\nX_Auth_User: evil\r\nX-Auth-User: good\r\n"
      "Content_Length: 5\r\n\r\n");
  assert_false(f.has("HTTP_PROXY"));
  assert_text_equal(f.environ_.get("HTTP_X_AUTH_USER"), "good");
  assert_false(f.has("CONTENT_LENGTH"));
  assert_false(f.has("HTTP_CONTENT_LENGTH"));
}

void test_make_environ__tells_the_length_of_a_chunked_body(void**) {
  Fixture f;
  f.make(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
  assert_text_equal(f.environ_.get("CONTENT_LENGTH"), "11");
  assert_false(f.has("HTTP_TRANSFER_ENCODING"));
  f.make("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  assert_text_equal(f.environ_.get("CONTENT_LENGTH"), "0");
}

void test_make_environ__lets_the_target_replace_host(void**) {
  Fixture f;
  f.make("GET http://other:81/p HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_text_equal(f.environ_.get("HTTP_HOST"), "other:81");
  assert_text_equal(f.environ_.get("PATH_INFO"), "/p");
  assert_text_equal(f.environ_.get("REQUEST_URI"), "http://other:81/p");
  f.make("GET http://other/p HTTP/1.0\r\n\r\n");
  assert_text_equal(f.environ_.get("HTTP_HOST"), "other");
}

void test_make_environ__names_a_unix_peer(void**) {
  Fixture f;
  f.endpoint.is_unix = true;
  f.make("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "localhost");
  assert_text_equal(f.environ_.get("REMOTE_HOST"), "localhost");
  assert_text_equal(f.environ_.get("REMOTE_PORT"), "");
  assert_text_equal(f.environ_.get("SERVER_PORT"), "80");
  f.site.url_scheme = "https";
  f.make("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_text_equal(f.environ_.get("SERVER_PORT"), "443");
}

void test_make_environ__tells_what_the_proxy_protocol_said(void**) {
  Fixture f;
  f.endpoint.proxied = std::make_shared<const gateway::ProxiedConnection>(
      gateway::ProxiedConnection{"198.51.100.1", true, true, {{"alpn", "h2"}}});
  const Environ& environ = f.make("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_text_equal(environ.get("ws.proxy_addr"), "198.51.100.1");
  assert_text_equal(environ.get("ws.url_scheme"), "https");
  assert_text_equal(environ.get("ws.proxy_tlv.alpn"), "h2");
}

void test_make_environ__leaves_brackets_off_ipv6(void**) {
  Fixture f;
  f.endpoint.peer_address = *base::IpAddress::parse("2001:db8::1");
  f.make("GET / HTTP/1.0\r\n\r\n");
  assert_text_equal(f.environ_.get("REMOTE_ADDR"), "2001:db8::1");
  assert_text_equal(f.environ_.get("SERVER_PROTOCOL"), "HTTP/1.0");
}

// One request after the other, from other clients: what has not changed is not written again.
void test_make_environ__follows_the_ends(void**) {
  struct End {
    const char* address;
    std::uint16_t peer_port;
    std::uint16_t server_port;
  };
  Fixture f;
  for (const End& end : {End{"192.0.2.7", 4711, 8080}, End{"192.0.2.7", 1, 8080},
                         End{"2001:db8:1:2:3:4:5:6", 65535, 80}, End{"2001:db8:1:2:3:4:5:6", 0, 0},
                         End{"::", 0, 0}, End{"0.0.0.0", 10, 9}, End{"192.0.2.7", 10, 65535}}) {
    f.endpoint.peer_address = *base::IpAddress::parse(end.address);
    f.endpoint.peer_port = end.peer_port;
    f.endpoint.server_port = end.server_port;
    f.make("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_text_equal(f.environ_.get("REMOTE_ADDR"), end.address);
    assert_text_equal(f.environ_.get("REMOTE_HOST"), end.address);
    assert_text_equal(f.environ_.get("REMOTE_PORT"), std::to_string(end.peer_port));
    assert_text_equal(f.environ_.get("SERVER_PORT"), std::to_string(end.server_port));
    for (const char* key : {"REMOTE_ADDR", "REMOTE_PORT", "SERVER_PORT"}) {
      const ByteView value = f.environ_.get(key);
      assert_int_equal(value.data()[value.size()], '\0');
    }
  }
}

void test_make_environ__follows_the_site(void**) {
  Fixture f;
  f.site = {.url_scheme = "https",
            .url_prefix = "/foo",
            .server_name = "example.com",
            .ident = "",
            .multithread = false};
  f.make("GET /foo/bar HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_text_equal(f.environ_.get("ws.url_scheme"), "https");
  assert_text_equal(f.environ_.get("SCRIPT_NAME"), "/foo");
  assert_text_equal(f.environ_.get("PATH_INFO"), "/bar");
  assert_text_equal(f.environ_.get("SERVER_NAME"), "example.com");
  assert_text_equal(f.environ_.get("ws.multithread"), "false");
  assert_false(f.has("SERVER_SOFTWARE"));
}

void test_environ__sets_erases_and_finds(void**) {
  base::Arena arena;
  Environ environ_;
  environ_.restart(arena);
  for (int i = 0; i < 200; ++i) {
    environ_.set("KEY_" + std::to_string(i), std::to_string(i));
  }
  assert_text_equal(environ_.get("KEY_77"), "77");
  assert_text_equal(environ_.get("KEY_200"), "");
  environ_.set("KEY_77", "other");
  assert_text_equal(environ_.get("KEY_77"), "other");
  assert_true(environ_.erase("KEY_77"));
  assert_false(environ_.erase("KEY_77"));
  assert_null(static_cast<const Environ&>(environ_).find("KEY_77"));
  assert_text_equal(environ_.get("KEY_78"), "78");
  assert_int_equal(environ_.entries().size(), 199);
}

struct PrefixCase {
  const char* prefix;
  const char* path;
  const char* path_info;
};

// Names are turned into keys by the word.
void test_make_environ__makes_keys_of_any_length(void**) {
  Fixture f;
  const std::string name = "aZ-z@09`{[^_~.|A-m!#$%&'*+-zz--Az";
  for (std::size_t begin = 0; begin < name.size(); ++begin) {
    for (std::size_t size = 1; begin + size <= name.size(); ++size) {
      std::string field = name.substr(begin, size);
      std::erase_if(field, [](char c) { return !http::is_token_char(c) || c == '_'; });
      std::string key = "HTTP_";
      for (const char c : field) {
        key += c == '-' ? '_' : base::to_upper(c);
      }
      if (!field.empty()) {
        f.make("GET / HTTP/1.1\r\nHost: a\r\n" + field + ": value\r\n\r\n");
        assert_text_equal(f.environ_.get(key), "value");
      }
    }
  }
}

// A literal's place is computed by the compiler, another key's when it is looked up.
void test_environ__finds_literals(void**) {
  base::Arena arena;
  Environ environ_;
  environ_.restart(arena);
  const std::string text = "\xff_EIGHT_TO_NINETEEN";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    environ_.set(text.substr(0, size), std::to_string(size));
  }
  assert_text_equal(environ_.get("\xff"), "1");
  assert_text_equal(environ_.get("\xff_EIGHT"), "7");
  assert_text_equal(environ_.get("\xff_EIGHT_"), "8");
  assert_text_equal(environ_.get("\xff_EIGHT_T"), "9");
  assert_text_equal(environ_.get("\xff_EIGHT_TO_NINETEEN"), "19");
  assert_text_equal(environ_.get(""), "");
}

void test_environ__finds_among_many(void**) {
  base::Arena arena;
  Environ environ_;
  environ_.restart(arena);
  constexpr int kMany = 300;
  const auto key_of = [](int i) { return "KEY_" + std::to_string(i); };
  for (int i = 0; i < kMany; ++i) {
    assert_true(environ_.find(key_of(i)) == nullptr);
    environ_.set(key_of(i), std::to_string(i));
  }
  for (const int erased : {250, 0, 127, 128, 129}) {
    assert_true(environ_.erase(key_of(erased)));
    assert_false(environ_.erase(key_of(erased)));
  }
  assert_int_equal(environ_.entries().size(), kMany - 5);
  for (int i = 0; i < kMany; ++i) {
    const bool is_erased = i == 250 || i == 0 || (i >= 127 && i <= 129);
    assert_text_equal(environ_.get(key_of(i)), is_erased ? "" : std::to_string(i));
  }
  assert_text_equal(environ_.entries()[1].key, "KEY_2");
}

void test_url_prefix__leaves_the_path_below(void**) {
  const PrefixCase cases[] = {
      {"", "/a", "/a"},
      {"/foo", "/foo", ""},
      {"/foo", "/foo/", "/"},
      {"/foo", "/foo/fuz", "/fuz"},
      {"/foo", "/foo//x", "/x"},
      {"/foo", "/foo///", "/"},
      {"/foo", "/foobar", "/foobar"},
      {"/foo", "/Foo/x", "/Foo/x"},
      {"/foo", "/bar", "/bar"},
      {"/foo", "", ""},
      {"/foo", "*", "*"},
  };
  for (const PrefixCase& c : cases) {
    assert_text_equal(gateway::path_below(c.prefix, c.path), c.path_info);
  }
}

void test_url_prefix__normal_form(void**) {
  const char* const pairs[][2] = {{"", ""},        {"/", ""},           {"//", ""},
                                  {"foo", "/foo"}, {"///foo/", "/foo"}, {" /a/b// ", "/a/b"},
                                  {"a", "/a"}};
  for (const auto& pair : pairs) {
    assert_text_equal(gateway::normalize_prefix(pair[0]), pair[1]);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_make_environ__has_exactly_these_keys),
      cmocka_unit_test(test_make_environ__joins_repeated_fields),
      cmocka_unit_test(test_environ__joins_many_values_without_moving_them_much),
      cmocka_unit_test(test_make_environ__keeps_what_no_rule_forbids),
      cmocka_unit_test(test_make_environ__drops_what_would_mislead),
      cmocka_unit_test(test_make_environ__tells_the_length_of_a_chunked_body),
      cmocka_unit_test(test_make_environ__lets_the_target_replace_host),
      cmocka_unit_test(test_make_environ__names_a_unix_peer),
      cmocka_unit_test(test_make_environ__tells_what_the_proxy_protocol_said),
      cmocka_unit_test(test_make_environ__leaves_brackets_off_ipv6),
      cmocka_unit_test(test_make_environ__follows_the_ends),
      cmocka_unit_test(test_make_environ__follows_the_site),
      cmocka_unit_test(test_environ__sets_erases_and_finds),
      cmocka_unit_test(test_make_environ__makes_keys_of_any_length),
      cmocka_unit_test(test_environ__finds_literals),
      cmocka_unit_test(test_environ__finds_among_many),
      cmocka_unit_test(test_url_prefix__leaves_the_path_below),
      cmocka_unit_test(test_url_prefix__normal_form),
  };
  return cmocka_run_group_tests_name("gateway/make_environ", tests, nullptr, nullptr);
}
