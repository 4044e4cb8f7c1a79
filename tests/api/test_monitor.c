/* metrics_listen and health_path: those who watch are answered, whatever happens to the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static struct response ask_on(int fd, const char* path) {
  char request[256];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
  client_send_text(fd, request);
  return client_read(fd, 0);
}

/* On the first metrics listener. */
static struct response ask(struct fixture* fixture, const char* path) {
  const int fd = client_connect_address(ws_server_metrics_address(fixture->server, 0));
  struct response response = ask_on(fd, path);
  client_close(fd);
  return response;
}

static struct response ask_raw(struct fixture* fixture, const char* request) {
  const int fd = client_connect_address(ws_server_metrics_address(fixture->server, 0));
  client_send_text(fd, request);
  struct response response = client_read(fd, 0);
  assert_true(client_sees_end(fd));
  client_close(fd);
  return response;
}

static void assert_says(struct fixture* fixture, const char* path, int status, const char* text) {
  struct response response = ask(fixture, path);
  assert_int_equal(response.status, status);
  assert_holds(response.body, text);
  response_free(&response);
}

static void wait_until_it_says(struct fixture* fixture, const char* path, int status) {
  for (int i = 0; i < 10000; ++i) {
    struct response response = ask(fixture, path);
    const int said = response.status;
    response_free(&response);
    if (said == status) {
      return;
    }
  }
  fail_msg("%s never said %d", path, status);
}

static void test_monitor__shows_metrics_and_health(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  gate_open(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"metrics_listen", "127.0.0.1:0", NULL});
  fixture_start(&f, gate_pass, &gate);
  struct response response = client_ask(f.port, get);
  response_free(&response);
  fixture_wait_for_stat(&f, "requests_safe_2xx", 1);
  assert_says(&f, "/metrics", 200, "wserve_requests_total{methods=\"safe\",status=\"2xx\"} 1\n");
  assert_says(&f, "/healthz", 200, "ready");
  assert_says(&f, "/healthz/ready", 200, "ready");
  assert_says(&f, "/healthz/live", 200, "live");
  assert_says(&f, "/status.json", 200, "\"requests\": 1,");
  assert_says(&f, "/other", 404, "/metrics");
  assert_null(ws_server_metrics_address(f.server, 1));
  assert_null(ws_server_metrics_address(NULL, 0));
  fixture_end(&f);
}

static void test_monitor__is_answered_though_nothing_else_is(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"metrics_listen", "127.0.0.1:0", "threads", "1",
                                   "connection_limit", "2", "health_queue_time", "0.3", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int busy = client_connect(f.port);
  client_send_text(busy, get);
  gate_wait_for(&gate, 1);
  const int waiting = client_connect(f.port);
  client_send_text(waiting, get);
  fixture_wait_for_stat(&f, "waiting", 1);
  assert_says(&f, "/metrics", 200, "wserve_workers{state=\"busy\"} 1\n");
  wait_until_it_says(&f, "/healthz", 503);
  assert_says(&f, "/healthz/ready", 503, "overloaded");
  assert_says(&f, "/healthz/live", 200, "live");
  gate_open(&gate);
  wait_until_it_says(&f, "/healthz", 200);
  client_close(busy);
  client_close(waiting);
  fixture_end(&f);
}

static void test_monitor__who_never_reads_or_asks_keeps_nobody_out(void** state) {
  (void)state;
  enum { SILENT = 80 };
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"metrics_listen", "127.0.0.1:0", NULL});
  fixture_start(&f, gate_pass, &gate);
  int silent[SILENT];
  for (int i = 0; i < SILENT; ++i) {
    silent[i] = client_connect_address(ws_server_metrics_address(f.server, 0));
    if (i % 2 == 0) {
      client_send_text(silent[i], "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    }
  }
  assert_says(&f, "/healthz", 200, "ready");
  assert_int_equal(ws_server_stat(f.server, "connections"), 0);
  for (int i = 0; i < SILENT; ++i) {
    client_close(silent[i]);
  }
  fixture_end(&f);
}

static void test_monitor__refuses_what_it_does_not_know(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"metrics_listen", "127.0.0.1:0", NULL});
  fixture_start(&f, gate_pass, &gate);
  static const struct {
    const char* request;
    int status;
    const char* allow;
  } cases[] = {
      {"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405, "GET, HEAD"},
      {"GET /metrics HTTP/1.1\r\n\r\n", 400, NULL},
      {"nonsense\r\n\r\n", 400, NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    struct response response = ask_raw(&f, cases[i].request);
    assert_int_equal(response.status, cases[i].status);
    if (cases[i].allow != NULL) {
      assert_string_equal(response_field(&response, "Allow"), cases[i].allow);
    }
    response_free(&response);
  }
  fixture_end(&f);
}

/* RFC 9110 §9.3.2: nothing follows the head, not even where it says what is wrong. */
static void test_monitor__answers_a_head_without_a_body(void** state) {
  (void)state;
  static const char* const requests[] = {"HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
                                         "HEAD /other HTTP/1.1\r\nHost: a\r\n\r\n",
                                         "HEAD /metrics HTTP/1.1\r\n\r\n"};
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"metrics_listen", "127.0.0.1:0", NULL});
  fixture_start(&f, gate_pass, &gate);
  for (size_t i = 0; i < sizeof requests / sizeof *requests; ++i) {
    const int fd = client_connect_address(ws_server_metrics_address(f.server, 0));
    client_send_text(fd, requests[i]);
    size_t size = 0;
    char* all = client_read_all(fd, &size);
    assert_holds(all, "Content-Length: ");
    assert_string_equal(strstr(all, "\r\n\r\n"), "\r\n\r\n");
    free(all);
    client_close(fd);
  }
  fixture_end(&f);
}

/* RFC 9110 §12.4.2: what weighs nothing is not wanted. */
static void test_monitor__sends_the_format_that_is_wanted(void** state) {
  (void)state;
  static const struct {
    const char* accept;
    const char* type;
  } cases[] = {{"application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/"},
               {"Application/OpenMetrics-Text; q=0.8", "application/"},
               {"application/openmetrics-text;q=0, */*", "text/plain"},
               {"application/openmetrics-text;version=1.0.0; q=0.000", "text/plain"},
               {"text/plain;x=application/openmetrics-text", "text/plain"},
               {"*/*", "text/plain"}};
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"metrics_listen", "127.0.0.1:0", NULL});
  fixture_start(&f, gate_pass, &gate);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char request[256];
    snprintf(request, sizeof request, "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: %s\r\n\r\n",
             cases[i].accept);
    struct response response = ask_raw(&f, request);
    const char* type = response_field(&response, "Content-Type");
    assert_memory_equal(type, cases[i].type, strlen(cases[i].type));
    response_free(&response);
  }
  fixture_end(&f);
}

static void test_monitor__health_path_is_answered_by_the_loop(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"health_path", "/health", "threads", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int busy = client_connect(f.port);
  client_send_text(busy, get);
  gate_wait_for(&gate, 1);
  const int fd = client_connect(f.port);
  const char* const paths[] = {"/health", "/health/ready", "/health/live"};
  for (size_t i = 0; i < 3; ++i) {
    struct response response = ask_on(fd, paths[i]);
    assert_int_equal(response.status, 200);
    assert_string_equal(response_field(&response, "Cache-Control"), "no-store");
    response_free(&response);
  }
  assert_int_equal(gate.inside, 1); /* the application has seen none of them */
  client_send_text(fd, "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  struct response refused = client_read(fd, 0);
  assert_int_equal(refused.status, 405);
  assert_string_equal(response_field(&refused, "Allow"), "GET, HEAD");
  response_free(&refused);
  assert_int_equal(gate.inside, 1);
  gate_open(&gate);
  struct response response = ask_on(fd, "/healthy");
  assert_int_equal(gate.inside, 2);
  response_free(&response);
  client_close(busy);
  client_close(fd);
  fixture_end(&f);
}

static void test_monitor__who_stops_is_not_ready_but_lives(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"metrics_listen", "127.0.0.1:0", "threads", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int busy = client_connect(f.port);
  client_send_text(busy, get);
  gate_wait_for(&gate, 1);
  ws_server_stop(f.server);
  wait_until_it_says(&f, "/healthz", 503);
  assert_says(&f, "/healthz/ready", 503, "draining");
  assert_says(&f, "/healthz/live", 200, "live");
  assert_says(&f, "/metrics", 200, "wserve_draining 1\n");
  gate_open(&gate);
  client_close(busy);
  fixture_end(&f);
}

static void test_monitor__says_what_is_wrong_with_its_options(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_status(ws_server_set(server, "metrics_listen", "127.0.0.1:0?proxy=on"), WS_EINVAL);
  assert_holds(ws_last_error(), "metrics_listen must be without ?proxy=on");
  assert_status(ws_server_set(server, "metrics_listen", "nonsense:"), WS_EINVAL);
  assert_holds(ws_last_error(), "metrics_listen: \"nonsense:\"");
  static const char* const never_asked[] = {"healthz", "/", "/a/", "/a%20b", "//a", "/a?b", "/a b"};
  for (size_t i = 0; i < sizeof never_asked / sizeof *never_asked; ++i) {
    assert_status(ws_server_set(server, "health_path", never_asked[i]), WS_EINVAL);
  }
  assert_ok(ws_server_set(server, "health_path", "/up"));
  ws_server_free(server);
}

static void test_monitor__needs_a_socket_of_its_own(void** state) {
  (void)state;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(listen(listener, 1), 0);
  char name[16];
  snprintf(name, sizeof name, "fd:%d", listener);
  ws_server* server = ws_server_new();
  const char* const addresses[] = {name, "127.0.0.1:65530", "unix:/tmp/one", "systemd"};
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; ++i) {
    assert_ok(ws_server_set(server, "listen", addresses[i]));
    assert_ok(ws_server_set(server, "metrics_listen", addresses[i]));
    assert_status(ws_server_check(server), WS_ECONFLICT);
    assert_holds(ws_last_error(), "is an address of listen");
  }
  assert_ok(ws_server_set(server, "listen", name));
  assert_ok(ws_server_set(server, "metrics_listen", name));
  assert_status(ws_server_listen(server), WS_ECONFLICT);
  assert_holds(ws_last_error(), "is an address of listen");
  ws_server_free(server);
  close(listener);
}

static void test_sizing__is_explained(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "threads", "auto"));
  assert_true(atoi(ws_server_get(server, "threads")) >= 4);
  char text[2048];
  const size_t size = ws_server_explain_sizing(server, text, sizeof text);
  assert_int_equal(strlen(text), size);
  assert_holds(text, "processors: ");
  assert_holds(text, "loops: 1");
  char little[5];
  assert_int_equal(ws_server_explain_sizing(server, little, sizeof little), size);
  assert_string_equal(little, "proc");
  assert_int_equal(ws_server_explain_sizing(NULL, text, sizeof text), 0);
  ws_server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_monitor__shows_metrics_and_health),
      cmocka_unit_test(test_monitor__is_answered_though_nothing_else_is),
      cmocka_unit_test(test_monitor__who_never_reads_or_asks_keeps_nobody_out),
      cmocka_unit_test(test_monitor__refuses_what_it_does_not_know),
      cmocka_unit_test(test_monitor__answers_a_head_without_a_body),
      cmocka_unit_test(test_monitor__sends_the_format_that_is_wanted),
      cmocka_unit_test(test_monitor__health_path_is_answered_by_the_loop),
      cmocka_unit_test(test_monitor__who_stops_is_not_ready_but_lives),
      cmocka_unit_test(test_monitor__says_what_is_wrong_with_its_options),
      cmocka_unit_test(test_monitor__needs_a_socket_of_its_own),
      cmocka_unit_test(test_sizing__is_explained),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/monitor", tests, NULL, NULL);
}
