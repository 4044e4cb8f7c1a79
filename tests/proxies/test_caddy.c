/* Behind Caddy. */
#include "proxy_fixture.h"
#include "support/cmocka.h"
#include "support/own_network.h"

static const struct recipe x_forwarded = {"Caddyfile", kCaddy, .has_shop = 1, .passes_upgrades = 1};
static const struct recipe forwarded = {"forwarded.Caddyfile", kCaddy, .tells_client_port = 1,
                                        .passes_upgrades = 1};

static void test_caddy__x_forwarded(void** state) {
  (void)state;
  check_recipe(&x_forwarded);
  check_upgrade(&x_forwarded);
}

static void test_caddy__forwarded(void** state) {
  (void)state;
  check_recipe(&forwarded);
  check_upgrade(&forwarded);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_caddy__x_forwarded),
      cmocka_unit_test(test_caddy__forwarded),
  };
  return cmocka_run_group_tests_name("proxies/caddy", all, set_up_network, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
