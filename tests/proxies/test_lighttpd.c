/* Behind lighttpd. */
#include "proxy_fixture.h"
#include "support/cmocka.h"
#include "support/own_network.h"

static const struct recipe tcp = {"lighttpd.conf", kLighttpd, .passes_upgrades = 1};

static void test_lighttpd__tcp(void** state) {
  (void)state;
  check_recipe(&tcp);
  check_upgrade(&tcp);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_lighttpd__tcp),
  };
  return cmocka_run_group_tests_name("proxies/lighttpd", all, set_up_network, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
