// net/per_address_limit: connections counted by client address.
#include <optional>

#include "net/connection/per_address_limit.h"
#include "support/cmocka.h"

using namespace wserve;
using net::AddressSlot;
using net::PerAddressLimit;

namespace {

gateway::Endpoint peer(const char* address) {
  gateway::Endpoint endpoint;
  endpoint.peer_address = *base::IpAddress::parse(address);
  return endpoint;
}

struct Fixture {
  gateway::TrustedPeers trusted;
  PerAddressLimit connection_counts;
  explicit Fixture(unsigned limit, const char* trusted_text = "") {
    assert_true(gateway::TrustedPeers::parse(trusted_text, trusted).is_ok());
    connection_counts.set_limit(limit, trusted);
  }
};

void test_per_address_limit__each_address_has_its_own_limit(void**) {
  Fixture f(2);
  AddressSlot slots[4];
  assert_true(f.connection_counts.enter(peer("192.0.2.1"), slots[0]));
  assert_true(f.connection_counts.enter(peer("192.0.2.1"), slots[1]));
  assert_false(f.connection_counts.enter(peer("::ffff:192.0.2.1"), slots[2]));
  assert_true(f.connection_counts.enter(peer("192.0.2.2"), slots[3]));
}

void test_per_address_limit__a_seat_that_dies_makes_room(void**) {
  Fixture f(1);
  AddressSlot kept;
  {
    AddressSlot first;
    assert_true(f.connection_counts.enter(peer("192.0.2.1"), first));
    assert_false(f.connection_counts.enter(peer("192.0.2.1"), kept));
  }
  assert_true(f.connection_counts.enter(peer("192.0.2.1"), kept));
  AddressSlot moved = std::move(kept);
  assert_false(f.connection_counts.enter(peer("192.0.2.1"), kept));
}

void test_per_address_limit__ipv6_counts_by_network(void**) {
  Fixture f(1);
  AddressSlot slots[3];
  assert_true(f.connection_counts.enter(peer("2001:db8:0:1::1"), slots[0]));
  assert_false(f.connection_counts.enter(peer("2001:db8:0:1:ffff::2"), slots[1]));
  assert_true(f.connection_counts.enter(peer("2001:db8:0:2::1"), slots[2]));
}

void test_per_address_limit__proxies_and_unix_sockets_are_not_counted(void**) {
  Fixture f(1, "10.0.0.0/8");
  AddressSlot slots[4];
  gateway::Endpoint local;
  local.is_unix = true;
  for (int i = 0; i < 2; ++i) {
    assert_true(f.connection_counts.enter(peer("10.1.2.3"), slots[i]));
    assert_true(f.connection_counts.enter(local, slots[2 + i]));
  }
}

void test_per_address_limit__no_limit_lets_everybody_in(void**) {
  Fixture f(0);
  AddressSlot slots[100];
  for (AddressSlot& slot : slots) {
    assert_true(f.connection_counts.enter(peer("192.0.2.1"), slot));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_per_address_limit__each_address_has_its_own_limit),
      cmocka_unit_test(test_per_address_limit__a_seat_that_dies_makes_room),
      cmocka_unit_test(test_per_address_limit__ipv6_counts_by_network),
      cmocka_unit_test(test_per_address_limit__proxies_and_unix_sockets_are_not_counted),
      cmocka_unit_test(test_per_address_limit__no_limit_lets_everybody_in),
  };
  return cmocka_run_group_tests_name("net/per_address_limit", tests, nullptr, nullptr);
}
