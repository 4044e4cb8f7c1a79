/* One, two and three proxies in a row, each on a machine of its own: the client is found by
 * counting, or by the list of networks that are trusted. */
#include <stdlib.h>
#include <string.h>

#include "proxy_fixture.h"
#include "support/cmocka.h"
#include "support/network_nodes.h"
#include "support/own_network.h"

#define CLIENT "10.0.1.7"
#define EDGE "10.0.0.1:"

enum { MOST_PROXIES = 3 };

/* Without its jail: the user whom varnishd would become may not look into every checkout. */
static const char* const varnish[] = {"/usr/sbin/varnishd", "-F", "-j",          "none", "-n",
                                      "/run/varnish",       "-a", "10.0.0.2:80", "-f",   NULL};
/* From the edge inwards; the file of the last one says how to start the server behind it. */
static const struct recipe hops[MOST_PROXIES] = {{.file = "chain/haproxy.cfg", .program = kHaproxy},
                                                 {.file = "chain/varnish.vcl", .program = varnish},
                                                 {.file = "chain/nginx.conf", .program = kNginx}};
static const char* const nodes[] = {"edge", "cache", "inner", "app"};

/* Varnish keeps answers: each question is another one. */
static struct visit ask(const char* place, const char* url) {
  static int number;
  char* whole = format("%s?%d", url, ++number);
  struct visit answer = visit_at(place, CLIENT, whole, kSpoofed);
  assert_int_equal(answer.response.status, 200);
  assert_nothing_spoofed(&answer.response);
  free(whole);
  return answer;
}

static void assert_client(const struct response* response, const char* scheme) {
  assert_told(response, "ws.url_scheme", scheme);
  assert_told(response, "SERVER_NAME", "example.com");
  assert_told(response, "HTTP_HOST", "example.com");
  assert_told(response, "REMOTE_ADDR", CLIENT);
}

/* The server stands behind so many proxies, on the next machine. */
static struct process start_behind(int count, const char* options) {
  char* command = command_in(hops[count - 1].file);
  struct process app = app_start(nodes[count], command, options, NULL);
  free(command);
  return app;
}

static void check_client(int count, const char* options) {
  static const char* const schemes[] = {"https", "http"};
  struct process app = start_behind(count, options);
  for (int i = 0; i < 2; ++i) {
    char* url = format("%s://example.com/a", schemes[i]);
    struct visit answer = ask(EDGE, url);
    assert_client(&answer.response, schemes[i]);
    visit_free(&answer);
    free(url);
  }
  assert_int_equal(process_end(&app), 0);
}

/* Who counts too few proxies takes the outermost for the client; nobody can pass for another. */
static void check_short_count(int count) {
  struct process app = start_behind(count, "--trusted-proxy-count=2");
  struct visit answer = ask(EDGE, "https://example.com/a");
  assert_told(&answer.response, "REMOTE_ADDR", "10.0.0.1");
  visit_free(&answer);
  assert_int_equal(process_end(&app), 0);
}

#define BY_NETWORKS "--trusted-proxy='10.0.0.0/24 fd00::/8' --trusted-proxy-count=auto"

/* A client that finds the server behind the proxies is a client, whatever it says. */
static void check_way_around(int count) {
  struct process app = start_behind(count, BY_NETWORKS);
  struct visit answer = ask("10.0.0.4:8080", "http://example.com/a");
  assert_told(&answer.response, "REMOTE_ADDR", CLIENT);
  assert_told(&answer.response, "REMOTE_PORT", answer.client_port);
  assert_told(&answer.response, "ws.url_scheme", "http");
  assert_told(&answer.response, "HTTP_X_FORWARDED_FOR", "(absent)");
  visit_free(&answer);
  assert_int_equal(process_end(&app), 0);
}

/* By count the files say how; by networks the same options hold for any length. */
static void test_chain__one_two_and_three(void** state) {
  (void)state;
  struct process proxies[MOST_PROXIES];
  for (int i = 0; i < MOST_PROXIES; ++i) {
    char* address = format("10.0.0.%d", i + 1);
    proxies[i] = proxy_start(nodes[i], address, &hops[i]);
    free(address);
    check_client(i + 1, "");
    check_client(i + 1, BY_NETWORKS);
  }
  check_short_count(MOST_PROXIES);
  check_way_around(MOST_PROXIES);
  for (int i = 0; i < MOST_PROXIES; ++i) {
    process_end(&proxies[i]);
  }
}

static int set_up_nodes(void** state) {
  (void)state;
  make_switch(CLIENT "/16");
  for (int i = 0; i <= MOST_PROXIES; ++i) {
    char* address = format("10.0.0.%d/16", i + 1);
    make_node(nodes[i], address);
    free(address);
  }
  make_certificate();
  return 0;
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_chain__one_two_and_three),
  };
  return cmocka_run_group_tests_name("proxies/chain", all, set_up_nodes, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
