// net/proxy_gate: who may come in, and who is sent away.
#include <sys/socket.h>

#include <optional>

#include "net/proxy_protocol/proxy_gate.h"
#include "support/capturing_log.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using net::ProxyGate;

namespace {

struct Fixture {
  base::Versions<gateway::ProxyPolicy> policy;
  base::Tunable<std::size_t> max_bytes{8'000};
  net::ConnectionCounts connection_counts;
  tests::CapturingLog log;
  app::EventCounts counts;
  net::EventBase base{event_base_new()};
  std::optional<gateway::Endpoint> client;
  base::UniqueFd taken;
  base::UniqueFd proxy;  // the far end
  ProxyGate gate{policy,
                 max_bytes,
                 connection_counts,
                 log,
                 counts,
                 [this](base::UniqueFd socket, const gateway::Endpoint& who) {
                   taken = std::move(socket);
                   client = who;
                 }};

  explicit Fixture(const char* trusted) {
    assert_true(gateway::TrustedPeers::parse(trusted, policy.edit().peers).is_ok());
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    proxy.reset(ends[0]);
    gateway::Endpoint peer;
    peer.peer_address = *base::IpAddress::parse("10.0.0.1");
    assert_true(gate.admit(base.get(), base::UniqueFd(ends[1]), peer, base::Millis(0)).is_ok());
  }

  void send(const std::string& text) {
    assert_int_equal(::send(proxy.get(), text.data(), text.size(), MSG_NOSIGNAL), text.size());
    event_base_loop(base.get(), EVLOOP_NONBLOCK);
  }

  // The far end sees an end.
  [[nodiscard]] bool is_closed() const {
    char byte = 0;
    return ::recv(proxy.get(), &byte, 1, 0) == 0;
  }
};

void test_proxy_gate__lets_in_who_is_announced(void**) {
  Fixture f("10.0.0.1");
  f.send("PROXY TCP4 192.0.2.1 192.0.2.2 1");
  assert_false(f.client.has_value());
  assert_int_equal(f.connection_counts.connections, 1);
  f.send("7 443\r\nGET /");
  assert_true(f.client.has_value());
  assert_text_equal(f.client->peer_address.to_text(), "192.0.2.1");
  assert_int_equal(f.client->peer_port, 17);
  assert_text_equal(f.client->proxied->proxy, "10.0.0.1");
  char rest[16];
  assert_int_equal(::recv(f.taken.get(), rest, sizeof rest, 0), 5);  // HTTP was left alone
  assert_true(f.gate.is_empty());
  assert_int_equal(f.connection_counts.connections, 0);
}

// Version 2 with an extension of so many bytes.
std::string long_header(std::size_t extension) {
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11", 14);
  const std::size_t size = 12 + 3 + extension;
  header += {static_cast<char>(size >> 8), static_cast<char>(size & 255)};
  header += std::string("\xc0\x00\x02\x01\xc0\x00\x02\x02\x00\x11\x01\xbb", 12);
  header += {'\xea', static_cast<char>(extension >> 8), static_cast<char>(extension & 255)};
  return header + std::string(extension, 'z');
}

void test_proxy_gate__takes_long_headers_in_pieces(void**) {
  Fixture f("10.0.0.1");
  const std::string header = long_header(7'000);
  for (std::size_t at = 0; at < header.size(); at += 900) {
    assert_false(f.client.has_value());
    f.send(header.substr(at, 900) + (at + 900 >= header.size() ? "GET /" : ""));
  }
  assert_true(f.client.has_value());
  assert_text_equal(f.client->peer_address.to_text(), "192.0.2.1");
  char rest[16];
  assert_int_equal(::recv(f.taken.get(), rest, sizeof rest, 0), 5);  // HTTP was left alone
}

void test_proxy_gate__refuses_headers_above_the_limit(void**) {
  Fixture f("10.0.0.1");
  f.send(long_header(8'000).substr(0, 20));
  assert_contains(f.log.lines.at(0), "the header is longer than max_proxy_protocol_header");
  assert_true(f.is_closed());
}

void test_proxy_gate__refuses_long_headers_that_end(void**) {
  Fixture f("10.0.0.1");
  f.send(long_header(7'000).substr(0, 5'000));
  ::shutdown(f.proxy.get(), SHUT_WR);
  event_base_loop(f.base.get(), EVLOOP_NONBLOCK);
  assert_contains(f.log.lines.at(0), "it ends too early");
  assert_true(f.gate.is_empty());
}

void test_proxy_gate__listens_to_trusted_peers_only(void**) {
  Fixture f("10.0.0.2");
  assert_true(f.gate.is_empty());
  assert_true(f.is_closed());
  assert_text_equal(f.log.lines.at(0),
                    "PROXY protocol: connection from \"10.0.0.1\" closed: the peer is no "
                    "trusted_proxy");
}

void test_proxy_gate__names_what_is_wrong(void**) {
  Fixture f("10.0.0.0/8");
  f.send("GET / HTTP/1.1\r\n\r\n");
  assert_true(f.is_closed());
  assert_false(f.client.has_value());
  assert_contains(f.log.lines.at(0), "closed: it begins with neither version's signature");
}

void test_proxy_gate__does_not_wait_for_ever(void**) {
  Fixture f("10.0.0.0/8");
  f.send("PROXY ");
  f.gate.enforce_limit(ProxyGate::kLimit - base::Millis(1));
  assert_false(f.gate.is_empty());
  f.gate.enforce_limit(ProxyGate::kLimit);
  assert_true(f.gate.is_empty());
  assert_true(f.is_closed());
  assert_contains(f.log.lines.at(0), "closed: its header took too long");
}

void test_proxy_gate__says_nothing_of_a_balancer_that_only_looks(void**) {
  Fixture f("10.0.0.0/8");
  f.proxy.reset();
  event_base_loop(f.base.get(), EVLOOP_NONBLOCK);
  assert_true(f.gate.is_empty());
  assert_int_equal(f.log.lines.size(), 0);
}

void test_proxy_gate__closes_who_waits(void**) {
  Fixture f("10.0.0.0/8");
  f.gate.close();
  assert_true(f.gate.is_empty());
  assert_int_equal(f.connection_counts.connections, 0);
  assert_true(f.is_closed());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_proxy_gate__lets_in_who_is_announced),
      cmocka_unit_test(test_proxy_gate__takes_long_headers_in_pieces),
      cmocka_unit_test(test_proxy_gate__refuses_headers_above_the_limit),
      cmocka_unit_test(test_proxy_gate__refuses_long_headers_that_end),
      cmocka_unit_test(test_proxy_gate__listens_to_trusted_peers_only),
      cmocka_unit_test(test_proxy_gate__names_what_is_wrong),
      cmocka_unit_test(test_proxy_gate__does_not_wait_for_ever),
      cmocka_unit_test(test_proxy_gate__says_nothing_of_a_balancer_that_only_looks),
      cmocka_unit_test(test_proxy_gate__closes_who_waits),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
