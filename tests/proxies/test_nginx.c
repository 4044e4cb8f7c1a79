/* Behind nginx. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What nginx does unless it is told otherwise: HTTP/1.0 to the server, a connection each. */
static void test_nginx__http_1_0_to_the_server(void** state) {
  (void)state;
  static const struct recipe by_default = {"/run/nginx.conf", kNginx, .tells_client_port = 1};
  must_run((const char*[]){"sh", "-c",
                           "grep -v -e proxy_http_version -e Connection " EXAMPLES
                           "/nginx-unix.conf >/run/nginx.conf",
                           NULL});
  struct site site = site_start(&by_default, "", NULL);
  struct visit answer = visit(CLIENT_V4, "https://example.com/", NULL);
  assert_told(&answer.response, "SERVER_PROTOCOL", "HTTP/1.0");
  visit_free(&answer);
  site_end(&site);
  check_recipe(&by_default);
}

/* The ini file of the document that this all began with: the prefix filter believes the proxy. */
static void test_nginx__the_founding_pipeline(void** state) {
  (void)state;
  static const char* const schemes[] = {"http", "https"};
  struct site site = {.app = app_start(NULL, "wserve " EXAMPLES "/pipeline.ini",
                                       "--app-path=" MYPACKAGE_FOLDER, NULL),
                      .proxy = proxy_start(NULL, "127.0.0.1", &tcp)};
  for (int i = 0; i < 2; ++i) {
    char* url = format("%s://example.com/a%%20b?q=1", schemes[i]);
    struct visit answer = visit(CLIENT_V4, url, kSpoofed);
    assert_int_equal(answer.response.status, 200);
    assert_told(&answer.response, "ws.url_scheme", schemes[i]);
    assert_told(&answer.response, "HTTP_HOST", "example.com");
    assert_told(&answer.response, "SCRIPT_NAME", "");
    assert_told(&answer.response, "PATH_INFO", "/a b");
    assert_told(&answer.response, "REMOTE_ADDR", CLIENT_V4);
    assert_nothing_spoofed(&answer.response);
    visit_free(&answer);
    free(url);
  }
  site_end(&site);
}

/* What nginx calls a request in its own log, the application, the client and the access log call
 * it, too; what clients say of it is gone. */
static void test_nginx__names_requests_and_says_when_they_came(void** state) {
  (void)state;
  static const char* const said[] = {"-HX-Request-ID: evil", "-HX-Request-Start: t=1700000000",
                                     NULL};
  struct site site = site_start(
      &tcp, "--access-log=/run/access.log --access-log-format='%{request_id}x %{queue_time}x'",
      NULL);
  struct visit answer = visit(CLIENT_V4, "https://example.com/", said);
  char id[64];
  snprintf(id, sizeof id, "%s", told(&answer.response, "ws.request_id"));
  assert_int_equal(strlen(id), 32);
  assert_int_equal(strspn(id, "0123456789abcdef"), 32);
  assert_told(&answer.response, "HTTP_X_REQUEST_ID", id);
  assert_string_equal(response_field(&answer.response, "X-Request-ID"), id);
  const char* queue_time = told(&answer.response, "ws.queue_time");
  const size_t digits = strspn(queue_time, "0123456789");
  assert_true(digits > 0 && queue_time[digits] == '\0');
  assert_int_equal(strncmp(told(&answer.response, "HTTP_X_REQUEST_START"), "t=", 2), 0);
  visit_free(&answer);
  site_end(&site);
  char* line = format("grep -qE '^%s [0-9]+$' /run/access.log", id);
  must_run((const char*[]){"sh", "-c", line, NULL});
  free(line);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_nginx__tcp),
      cmocka_unit_test(test_nginx__unix_socket),
      cmocka_unit_test(test_nginx__trusted_for_the_scheme_alone),
      cmocka_unit_test(test_nginx__http_1_0_to_the_server),
      cmocka_unit_test(test_nginx__names_requests_and_says_when_they_came),
      cmocka_unit_test(test_nginx__the_founding_pipeline),
  };
  return cmocka_run_group_tests_name("proxies/nginx", all, set_up_network, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
