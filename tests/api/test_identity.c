/* What a request is called, and when it came to the proxy: in the environ, in the answer, in the
 * logs and in the metrics. */
#define _GNU_SOURCE
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

static const char trusted_headers[] = "x-request-start x-request-id traceparent";

/* Answers the id and the queue time that it was told. */
static ws_status say(ws_request* request, void* data) {
  (void)data;
  char body[256];
  const char* id = ws_request_get(request, "ws.request_id");
  const char* field = ws_request_get(request, "HTTP_X_REQUEST_ID");
  const char* queue_time = ws_request_get(request, "ws.queue_time");
  snprintf(body, sizeof body, "%s %s %s", id != NULL ? id : "-", field != NULL ? field : "-",
           queue_time != NULL ? queue_time : "-");
  return ws_request_reply(request, 200, "text/plain", body, strlen(body));
}

static ws_status fail_it(ws_request* request, void* data) {
  (void)data;
  return ws_request_fail(request, "broken");
}

/* A request that a proxy got five seconds ago. */
static struct response ask(int port) {
  char request[512];
  snprintf(request, sizeof request,
           "GET /path HTTP/1.1\r\nHost: a\r\nX-Request-Start: t=%lld000\r\n"
           "X-Request-ID: from-the-proxy\r\ntraceparent: 00-" TRACE
           "-00f067aa0ba902b7-01\r\n"
           "Connection: close\r\n\r\n",
           (long long)time(NULL) - 5);
  return client_ask(port, request);
}

/* Of the last answer; 0 when it was told none. */
static long long queue_time_in(const struct response* response) {
  const char* last = strrchr(response->body, ' ');
  assert_non_null(last);
  return atoll(last + 1);
}

static void test_identity__a_trusted_proxy_is_believed(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"trusted_proxy", "127.0.0.1", "trusted_proxy_headers",
                                   trusted_headers, "request_id_header", "X-Request-ID", NULL});
  fixture_start(&f, say, NULL);
  struct response response = ask(f.port);
  assert_holds(response.body, "from-the-proxy from-the-proxy ");
  assert_string_equal(response_field(&response, "X-Request-ID"), "from-the-proxy");
  assert_true(queue_time_in(&response) >= 4000000);
  response_free(&response);
  fixture_end(&f);
}

static void test_identity__nobody_else_is_believed(void** state) {
  (void)state;
  static const char* const strangers[] = {"request_id_header", "X-Request-ID", NULL};
  static const char* const unnamed[] = {"request_id_header",
                                        "X-Request-ID",
                                        "trusted_proxy",
                                        "127.0.0.1",
                                        "trusted_proxy_headers",
                                        "x-forwarded-for",
                                        NULL};
  const char* const* const ways[] = {strangers, unnamed};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
    struct fixture f;
    fixture_make(&f, ways[i]);
    fixture_start(&f, say, NULL);
    struct response response = ask(f.port);
    assert_null(strstr(response.body, "from-the-proxy"));
    const char* id = response_field(&response, "X-Request-ID");
    assert_int_equal(strlen(id), 32);
    assert_int_equal(strncmp(response.body, id, 32), 0);
    assert_int_equal(strncmp(response.body + 33, id, 32), 0);
    assert_holds(response.body, " -");
    response_free(&response);
    fixture_end(&f);
  }
}

static void test_identity__who_pulls_is_told_too(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"trusted_proxy", "127.0.0.1", "trusted_proxy_headers",
                                   trusted_headers, "request_id_header", "X-Request-ID", NULL});
  pthread_t thread;
  struct puller puller = {f.server, say, NULL};
  pthread_create(&thread, NULL, fixture_pull, &puller);
  fixture_start_pulled(&f);
  struct response response = ask(f.port);
  assert_holds(response.body, "from-the-proxy from-the-proxy ");
  assert_true(queue_time_in(&response) >= 4000000);
  response_free(&response);
  ws_server_stop(f.server);
  pthread_join(thread, NULL);
  fixture_end(&f);
}

static void test_identity__the_log_names_what_failed(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"trusted_proxy", "127.0.0.1", "trusted_proxy_headers",
                                   trusted_headers, "request_id_header", "X-Request-ID", NULL});
  fixture_start(&f, fail_it, NULL);
  struct response response = ask(f.port);
  assert_int_equal(response.status, 500);
  assert_string_equal(response_field(&response, "X-Request-ID"), "from-the-proxy");
  response_free(&response);
  fixture_wait_for_log(&f, "/path (from-the-proxy): broken");
  fixture_end(&f);
}

/* What the file of a server says once that has ended; to be freed. */
static char* logged(const char* format, int is_trusted) {
  char name[] = "/tmp/identity-XXXXXX";
  const int fd = mkstemp(name);
  assert_true(fd >= 0);
  struct fixture f;
  fixture_make(&f, (const char*[]){"access_log", name, "access_log_format", format,
                                   "request_id_header", "X-Request-ID", NULL});
  if (is_trusted) {
    assert_ok(ws_server_set(f.server, "trusted_proxy", "127.0.0.1"));
    assert_ok(ws_server_set(f.server, "trusted_proxy_headers", trusted_headers));
  }
  fixture_start(&f, say, NULL);
  struct response response = ask(f.port);
  response_free(&response);
  fixture_end(&f);
  char* text = calloc(1, 4096);
  assert_true(read(fd, text, 4095) > 0);
  close(fd);
  unlink(name);
  return text;
}

static void test_identity__the_access_log_has_all_of_it(void** state) {
  (void)state;
  char* line = logged("%{request_id}x %{trace_id}x %{queue_time}x %{wait_time}x", 1);
  long long queue_time = 0;
  long long wait_time = 0;
  assert_int_equal(sscanf(line, "from-the-proxy " TRACE " %lld %lld\n", &queue_time, &wait_time),
                   2);
  assert_true(queue_time >= 4000000);
  assert_true(wait_time <= queue_time - 4000000);
  free(line);
  line = logged("json", 1);
  assert_holds(line, "\"wserve.request_id\":\"from-the-proxy\"");
  assert_holds(line, "\"trace_id\":\"" TRACE "\"");
  assert_null(strstr(line, "\"wserve.queue_time\":0."));
  free(line);
}

static void test_identity__the_access_log_has_nothing_of_strangers(void** state) {
  (void)state;
  char* line = logged("%{request_id}x %{trace_id}x %{queue_time}x", 0);
  assert_null(strstr(line, "from-the-proxy"));
  assert_int_equal(strcspn(line, " "), 32);
  assert_int_equal(strncmp(line + 32, " - ", 3), 0);
  free(line);
  line = logged("json", 0);
  assert_null(strstr(line, "trace_id"));
  free(line);
}

static void note_id(const ws_done* done, void* id) {
  const char* told = ws_done_get(done, "ws.request_id");
  snprintf(id, 64, "%s", told != NULL ? told : "(none)");
}

static void test_identity__on_done_is_told_the_id(void** state) {
  (void)state;
  char id[64] = "";
  struct fixture f;
  fixture_make(&f, (const char*[]){"request_id_header", "X-Request-ID", NULL});
  assert_ok(ws_server_on_done(f.server, note_id, id));
  fixture_start(&f, say, NULL);
  struct response response = ask(f.port);
  char expected[64];
  snprintf(expected, sizeof expected, "%s", response_field(&response, "X-Request-ID"));
  response_free(&response);
  fixture_end(&f);
  assert_string_equal(id, expected);
}

static char* metrics_of(struct fixture* f) {
  const int fd = client_connect_address(ws_server_metrics_address(f->server, 0));
  client_send_text(fd, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  struct response response = client_read(fd, 0);
  char* text = strdup(response.body);
  response_free(&response);
  client_close(fd);
  return text;
}

static void test_identity__the_histogram_counts_from_the_proxy_on(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"trusted_proxy", "127.0.0.1", "trusted_proxy_headers",
                                   "x-request-start", "metrics_listen", "127.0.0.1:0", NULL});
  fixture_start(&f, say, NULL);
  struct response response = ask(f.port);
  response_free(&response);
  fixture_wait_for_stat(&f, "requests_safe_2xx", 1);
  char* text = metrics_of(&f);
  assert_holds(text, "wserve_request_queue_seconds_bucket{le=\"2.500000\"} 0\n");
  assert_holds(text, "wserve_request_queue_seconds_bucket{le=\"60.000000\"} 1\n");
  free(text);
  fixture_end(&f);
}

static void test_identity__server_timing_is_said_when_it_is_wanted(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"server_timing", "true", NULL});
  fixture_start(&f, say, NULL);
  struct response response = ask(f.port);
  double queue = -1;
  double app = -1;
  assert_int_equal(sscanf(response_field(&response, "Server-Timing"), "queue;dur=%lf, app;dur=%lf",
                          &queue, &app),
                   2);
  assert_true(queue >= 0 && app >= 0);
  response_free(&response);
  fixture_end(&f);
  fixture_make(&f, NULL);
  fixture_start(&f, say, NULL);
  response = ask(f.port);
  assert_null(response_field(&response, "Server-Timing"));
  assert_null(response_field(&response, "X-Request-ID"));
  assert_string_equal(response.body, "- from-the-proxy -");
  response_free(&response);
  fixture_end(&f);
}

/* Where numbers have a comma, a list of them would have more. */
static void test_identity__server_timing_is_the_same_in_every_locale(void** state) {
  (void)state;
  char folder[] = "/tmp/wserve-locale-XXXXXX";
  char command[128];
  assert_non_null(mkdtemp(folder));
  snprintf(command, sizeof command, "localedef --no-archive -i de_DE -f UTF-8 %s/de_DE.UTF-8",
           folder);
  assert_int_equal(system(command), 0);
  assert_int_equal(setenv("LOCPATH", folder, 1), 0);
  assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
  struct fixture f;
  fixture_make(&f, (const char*[]){"server_timing", "true", NULL});
  fixture_start(&f, say, NULL);
  struct response response = ask(f.port);
  const char* value = response_field(&response, "Server-Timing");
  assert_non_null(strchr(value, '.'));
  assert_ptr_equal(strchr(value, ','), strrchr(value, ','));
  response_free(&response);
  fixture_end(&f);
  assert_non_null(setlocale(LC_ALL, "C"));
  unsetenv("LOCPATH");
  snprintf(command, sizeof command, "rm -r %s", folder);
  assert_int_equal(system(command), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_identity__a_trusted_proxy_is_believed),
      cmocka_unit_test(test_identity__nobody_else_is_believed),
      cmocka_unit_test(test_identity__who_pulls_is_told_too),
      cmocka_unit_test(test_identity__the_log_names_what_failed),
      cmocka_unit_test(test_identity__the_access_log_has_all_of_it),
      cmocka_unit_test(test_identity__the_access_log_has_nothing_of_strangers),
      cmocka_unit_test(test_identity__on_done_is_told_the_id),
      cmocka_unit_test(test_identity__the_histogram_counts_from_the_proxy_on),
      cmocka_unit_test(test_identity__server_timing_is_said_when_it_is_wanted),
      cmocka_unit_test(test_identity__server_timing_is_the_same_in_every_locale),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/identity", tests, NULL, NULL);
}
