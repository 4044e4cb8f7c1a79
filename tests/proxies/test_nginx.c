/* Behind nginx. */
#include "proxy_fixture.h"
#include "support/cmocka.h"
#include "support/own_network.h"

static const struct recipe tcp = {"nginx.conf", kNginx, .has_shop = 1, .passes_upgrades = 1};
static const struct recipe unix_socket = {"nginx-unix.conf", kNginx, .tells_client_port = 1};

static void test_nginx__tcp(void** state) {
  (void)state;
  check_recipe(&tcp);
  check_upgrade(&tcp);
}

static void test_nginx__unix_socket(void** state) {
  (void)state;
  check_recipe(&unix_socket);
  check_upgrade(&unix_socket);
}

/* No list of headers: the founding recipe, X-Forwarded-Proto and nothing else. */
static void test_nginx__trusted_for_the_scheme_alone(void** state) {
  (void)state;
  struct site site = site_start(&tcp, "--trusted-proxy-headers=", NULL);
  struct visit answer = visit(CLIENT_V4, "https://example.com/shop/", kSpoofed);
  assert_told(&answer.response, "ws.url_scheme", "https");
  assert_told(&answer.response, "SERVER_PORT", "443");
  assert_told(&answer.response, "HTTP_HOST", "example.com");
  assert_told(&answer.response, "REMOTE_ADDR", "127.0.0.1");
  assert_told(&answer.response, "HTTP_X_FORWARDED_FOR", "(absent)");
  assert_told(&answer.response, "SCRIPT_NAME", "");
  visit_free(&answer);
  site_end(&site);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_nginx__tcp),
      cmocka_unit_test(test_nginx__unix_socket),
      cmocka_unit_test(test_nginx__trusted_for_the_scheme_alone),
  };
  return cmocka_run_group_tests_name("proxies/nginx", all, set_up_network, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
