/* Behind HAProxy. */
#include "proxy_fixture.h"
#include "support/cmocka.h"
#include "support/own_network.h"

static const struct recipe x_forwarded = {"haproxy.cfg", kHaproxy, .has_shop = 1,
                                          .passes_upgrades = 1};
static const struct recipe forwarded = {"haproxy-forwarded.cfg", kHaproxy, .tells_client_port = 1,
                                        .passes_upgrades = 1};

static const struct recipe tcp_mode = {"haproxy-tcp.cfg", kHaproxy, .tells_client_port = 1,
                                       .passes_upgrades = 1, .passes_connections = 1};

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

/* Version 1 for HTTP, version 2 for HTTPS. */
static void test_haproxy__tcp_mode(void** state) {
  (void)state;
  check_recipe(&tcp_mode);
  check_upgrade(&tcp_mode);
}

/* What version 2 tells beside the addresses. */
static void test_haproxy__tls_is_told(void** state) {
  (void)state;
  struct site site = site_start(&tcp_mode, "", NULL);
  struct visit answer = visit(CLIENT_V4, "https://example.com/", NULL);
  assert_told(&answer.response, "ws.proxy_addr", "127.0.0.1");
  assert_told(&answer.response, "ws.proxy_tlv.ssl_version", "TLSv1.3");
  visit_free(&answer);
  site_end(&site);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_haproxy__x_forwarded),
      cmocka_unit_test(test_haproxy__forwarded),
      cmocka_unit_test(test_haproxy__tcp_mode),
      cmocka_unit_test(test_haproxy__tls_is_told),
  };
  return cmocka_run_group_tests_name("proxies/haproxy", all, set_up_network, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
