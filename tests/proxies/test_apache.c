/* Behind Apache. */
#include "proxy_fixture.h"
#include "support/cmocka.h"
#include "support/own_network.h"

static const struct recipe tcp = {"apache.conf", kApache, .has_shop = 1, .passes_upgrades = 1};
static const struct recipe unix_socket = {"apache-unix.conf", kApache, .tells_client_port = 1};

static void test_apache__tcp(void** state) {
  (void)state;
  check_recipe(&tcp);
  check_upgrade(&tcp);
}

static void test_apache__unix_socket(void** state) {
  (void)state;
  check_recipe(&unix_socket);
  check_upgrade(&unix_socket);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_apache__tcp),
      cmocka_unit_test(test_apache__unix_socket),
  };
  return cmocka_run_group_tests_name("proxies/apache", all, set_up_network, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
