// base/ip_address: reading, writing, and networks.
#include "base/ip_address.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::base;

namespace {

void test_ip_address__reads_and_writes(void**) {
  const char* const pairs[][2] = {
      {"192.0.2.1", "192.0.2.1"},
      {"::1", "::1"},
      {"2001:DB8::0:1", "2001:db8::1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
  };
  for (const auto& pair : pairs) {
    const auto address = IpAddress::parse(pair[0]);
    assert_true(address.has_value());
    assert_text_equal(address->to_text(), pair[1]);
  }
}

void test_ip_address__refuses_what_is_none(void**) {
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "[::1]",
                           "::1%lo", "1.2.3.4:80", "1::2::3", "12345::"}) {
    assert_false(IpAddress::parse(text).has_value());
  }
  assert_false(IpAddress::parse(ByteView("1.2.3.4\0", 8)).has_value());
}

struct NetworkCase {
  const char* network;
  const char* address;
  bool contains;
};

void test_ip_address__networks_contain(void**) {
  const NetworkCase cases[] = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"10.0.0.0/8", "::ffff:10.1.1.1", true},
      {"192.0.2.128/25", "192.0.2.200", true},
      {"192.0.2.128/25", "192.0.2.100", false},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "::1", true},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
  };
  for (const NetworkCase& c : cases) {
    const auto network = IpNetwork::parse(c.network);
    assert_true(network.has_value());
    assert_int_equal(network->contains(*IpAddress::parse(c.address)), c.contains);
  }
}

void test_ip_address__refuses_bad_networks(void**) {
  for (const char* text : {"10.0.0.0/33", "::/129", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/x", "/8",
                           "10.0.0.0/-1", "2001:db8::1/32"}) {
    assert_false(IpNetwork::parse(text).has_value());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_ip_address__reads_and_writes),
      cmocka_unit_test(test_ip_address__refuses_what_is_none),
      cmocka_unit_test(test_ip_address__networks_contain),
      cmocka_unit_test(test_ip_address__refuses_bad_networks),
  };
  return cmocka_run_group_tests_name("base/ip_address", tests, nullptr, nullptr);
}
