/* Behind HAProxy. */
#include "proxy_fixture.h"
#include "support/cmocka.h"
#include "support/own_network.h"

static const struct recipe x_forwarded = {"haproxy.cfg", kHaproxy, .has_shop = 1,
                                          .passes_upgrades = 1};
static const struct recipe forwarded = {"haproxy-forwarded.cfg", kHaproxy, .tells_client_port = 1,
                                        .passes_upgrades = 1};

static void test_haproxy__x_forwarded(void** state) {
  (void)state;
  check_recipe(&x_forwarded);
  check_upgrade(&x_forwarded);
}

static void test_haproxy__forwarded(void** state) {
  (void)state;
  check_recipe(&forwarded);
  check_upgrade(&forwarded);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_haproxy__x_forwarded),
      cmocka_unit_test(test_haproxy__forwarded),
  };
  return cmocka_run_group_tests_name("proxies/haproxy", all, set_up_network, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
