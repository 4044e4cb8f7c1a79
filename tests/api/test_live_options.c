/* Options that change while the server runs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static int warnings;
static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static const char post[] =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n12345678901234567890";
static const char forwarded[] = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n";

static ws_status client(ws_request* request, void* app_data) {
  (void)app_data;
  const char* address = ws_request_get(request, "REMOTE_ADDR");
  return ws_request_reply(request, 200, "text/plain", address, strlen(address));
}

static void start(struct fixture* f, const char* const* options) {
  fixture_make(f, options);
  fixture_start(f, client, NULL);
}

static void assert_answer(const struct fixture* f, const char* request, int status,
                          const char* body) {
  struct response response = client_ask(f->port, request);
  assert_int_equal(response.status, status);
  if (body != NULL) {
    assert_string_equal(response.body, body);
  }
  response_free(&response);
}

static void test_live_options__limits_of_requests(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", NULL});
  assert_answer(&f, post, 200, NULL);
  assert_ok(ws_server_set(f.server, "max-request-body-size", "19"));
  assert_string_equal(ws_server_get(f.server, "max_request_body_size"), "19");
  assert_answer(&f, post, 413, NULL);
  assert_ok(ws_server_set(f.server, "max_request_body_size", NULL));
  assert_answer(&f, post, 200, NULL);
  assert_ok(ws_server_set(f.server, "max_request_header_fields", "1"));
  assert_answer(&f, get, 200, NULL);
  assert_answer(&f, post, 431, NULL);
  fixture_end(&f);
}

/* One whose head was half there when the limit fell below that half. */
static void test_live_options__a_head_that_has_begun(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", NULL});
  char half[4096];
  memset(half, 'x', sizeof half);
  memcpy(half, "GET /", 5);
  const int fd = client_connect(f.port);
  client_send(fd, half, sizeof half);
  fixture_wait_for_stat(&f, "connections", 1);
  assert_answer(&f, get, 200, NULL); /* the half has been read by now, or is about to be */
  assert_ok(ws_server_set(f.server, "max_request_header_size", "1024"));
  client_send_text(fd, " HTTP/1.1\r\nHost: a\r\n\r\n");
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 414); /* it is the request line */
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static void test_live_options__whom_it_believes(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", NULL});
  assert_answer(&f, forwarded, 200, "127.0.0.1");
  assert_ok(ws_server_set(f.server, "trusted_proxy", "127.0.0.1"));
  assert_ok(ws_server_set(f.server, "trusted_proxy_headers", "x-forwarded-for"));
  assert_answer(&f, forwarded, 200, "9.9.9.9");
  assert_ok(ws_server_set(f.server, "trusted_proxy", "10.0.0.1"));
  assert_answer(&f, forwarded, 200, "127.0.0.1");
  fixture_end(&f);
}

static void test_live_options__a_wait_that_has_begun_ends_by_the_new_limit(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET / HT");
  fixture_wait_for_stat(&f, "connections", 1);
  assert_ok(ws_server_set(f.server, "header_timeout", "0.3"));
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 408);
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static void test_live_options__how_many_may_come(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", "connection_limit", "1", NULL});
  const int first = client_connect(f.port);
  fixture_wait_for_stat(&f, "connections", 1);
  assert_ok(ws_server_set(f.server, "connection_limit", "2"));
  assert_int_equal(ws_server_stat(f.server, "connection_limit"), 2);
  assert_answer(&f, get, 200, NULL); /* behind the one that stays */
  client_close(first);
  fixture_end(&f);
}

static void test_live_options__how_many_may_wait(void** state) {
  (void)state;
  struct fixture f;
  struct gate gate;
  gate_make(&gate);
  fixture_make(&f, (const char*[]){"threads", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int inside = client_connect(f.port);
  client_send_text(inside, get);
  gate_wait_for(&gate, 1);
  const int waiting = client_connect(f.port);
  client_send_text(waiting, get);
  fixture_wait_for_stat(&f, "waiting", 1);
  assert_ok(ws_server_set(f.server, "queue_limit", "1"));
  assert_answer(&f, get, 503, NULL);
  gate_open(&gate);
  client_close(inside);
  client_close(waiting);
  fixture_end(&f);
}

static void test_live_options__others_stay(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", "trusted_proxy", "10.0.0.1", NULL});
  size_t live = 0;
  for (size_t i = 0; i < ws_option_count(); ++i) {
    const char* name = ws_option_name(i);
    if (ws_option_is_live(i)) {
      ++live;
      assert_ok(ws_server_set(f.server, name, ws_server_get(f.server, name)));
    } else {
      assert_status(ws_server_set(f.server, name, ws_option_default(i)), WS_ESTATE);
      assert_holds(ws_last_error(), " cannot change: the server is listening already");
    }
  }
  assert_true(live > 20);
  assert_false(ws_option_is_live(ws_option_count()));
  assert_status(ws_server_set(f.server, "log_levle", "info"), WS_EUNKNOWN);
  assert_status(ws_server_set(f.server, "queue_limit", "-1"), WS_EINVAL);
  assert_string_equal(ws_server_get(f.server, "queue_limit"), "0");
  fixture_end(&f);
}

/* A text stays where it is until its own option is set. */
static void test_live_options__texts_stay_valid(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", "trusted_proxy", "10.0.0.1", NULL});
  assert_ok(ws_server_set(f.server, "queue_limit", "7"));
  const char* proxies = ws_server_get(f.server, "trusted_proxy");
  for (int i = 0; i < 10; ++i) {
    assert_ok(ws_server_set(f.server, "queue_limit", i % 2 == 0 ? "1000000" : "7"));
  }
  assert_ptr_equal(ws_server_get(f.server, "trusted_proxy"), proxies);
  assert_string_equal(proxies, "10.0.0.1");
  fixture_end(&f);
}

static void test_live_options__between_listening_and_running(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", NULL});
  assert_ok(ws_server_set_app(f.server, client, NULL));
  assert_ok(ws_server_listen(f.server));
  assert_ok(ws_server_set(f.server, "max_request_body_size", "5"));
  assert_status(ws_server_set(f.server, "threads", "2"), WS_ESTATE);
  assert_ok(ws_server_start(f.server));
  f.port = ws_server_port(f.server, 0);
  assert_answer(&f, post, 413, NULL);
  fixture_end(&f);
}

static void test_live_options__of_another_server(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", "log_level", "warning", NULL});
  ws_server* wanted = ws_server_new();
  assert_status(ws_server_reconfigure(wanted, f.server), WS_ESTATE);
  assert_status(ws_server_reconfigure(f.server, f.server), WS_ESTATE);
  assert_status(ws_server_reconfigure(f.server, NULL), WS_EINVAL);
  assert_ok(ws_server_set(wanted, "max_request_body_size", "5"));
  assert_ok(ws_server_set(wanted, "listen", ws_server_get(f.server, "listen")));
  assert_ok(ws_server_set(wanted, "loops", ws_server_get(f.server, "loops")));
  assert_ok(ws_server_set(wanted, "threads", "2"));
  assert_ok(ws_server_reconfigure(f.server, wanted));
  fixture_wait_for_log(&f, "change with a restart only: threads");
  assert_answer(&f, post, 413, NULL);
  assert_string_equal(ws_server_get(f.server, "threads"), "1");

  /* A contradiction changes nothing. */
  assert_ok(ws_server_set(wanted, "max_request_body_size", "500"));
  assert_ok(ws_server_set(wanted, "trusted_proxy_headers", "forwarded x-forwarded-for"));
  assert_ok(ws_server_set(wanted, "trusted_proxy", "10.0.0.1"));
  assert_status(ws_server_reconfigure(f.server, wanted), WS_ECONFLICT);
  assert_answer(&f, post, 413, NULL);

  /* What is not set there is not set any more. */
  assert_ok(ws_server_set(wanted, "trusted_proxy_headers", "x-forwarded-for"));
  assert_ok(ws_server_set(wanted, "trusted_proxy_count", "1"));
  assert_ok(ws_server_reconfigure(f.server, wanted));
  assert_ok(ws_server_set(wanted, "trusted_proxy_headers", NULL));
  assert_ok(ws_server_set(wanted, "trusted_proxy_count", NULL));
  assert_ok(ws_server_set(wanted, "trusted_proxy", NULL));
  assert_ok(ws_server_reconfigure(f.server, wanted));
  ws_server_free(wanted);
  fixture_end(&f);
}

/* What a change is warned of may be asked about at once. */
static void ask_back(ws_severity severity, const char* line, void* server) {
  (void)severity;
  if (strstr(line, "trusted_proxy_headers is empty") != NULL) {
    assert_string_equal(ws_server_get(server, "trusted_proxy"), "127.0.0.1");
    ++warnings;
  }
}

static void test_live_options__a_log_callback_may_ask(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set_app(server, client, NULL));
  assert_ok(ws_server_set_log(server, ask_back, server));
  assert_ok(ws_server_start(server));
  alarm(20); /* rather than for ever */
  warnings = 0;
  assert_ok(ws_server_set(server, "trusted_proxy", "127.0.0.1"));
  alarm(0);
  assert_int_equal(warnings, 1);
  ws_server_free(server);
}

static atomic_int is_over;

static void* ask_until_over(void* fixture) {
  while (!is_over) {
    assert_answer(fixture, forwarded, 200, NULL);
  }
  return NULL;
}

/* For ThreadSanitizer, and for what is freed too early. */
static void test_live_options__changed_under_load(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "2", NULL});
  pthread_t threads[2];
  is_over = 0;
  for (size_t i = 0; i < 2; ++i) {
    assert_int_equal(pthread_create(&threads[i], NULL, ask_until_over, &f), 0);
  }
  static const char* const names[] = {"trusted_proxy",         "header_timeout",
                                      "connection_limit",      "queue_timeout",
                                      "max_request_body_size", "connection_limit_per_address"};
  static const char* const values[] = {"10.0.0.1 127.0.0.1", "20", "500", "20", "1M", "400"};
  for (int round = 0; round < 60; ++round) {
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
      assert_ok(ws_server_set(f.server, names[i], round % 2 == 0 ? values[i] : NULL));
      assert_non_null(ws_server_get(f.server, names[i]));
    }
    usleep(2000);
  }
  is_over = 1;
  for (size_t i = 0; i < 2; ++i) {
    pthread_join(threads[i], NULL);
  }
  fixture_end(&f);
}

static void test_live_options__not_behind_the_end(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"threads", "1", NULL});
  ws_server_stop(f.server);
  assert_ok(ws_server_join(f.server));
  assert_status(ws_server_set(f.server, "queue_limit", "1"), WS_ESTATE);
  ws_server_free(f.server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_live_options__limits_of_requests),
      cmocka_unit_test(test_live_options__a_head_that_has_begun),
      cmocka_unit_test(test_live_options__whom_it_believes),
      cmocka_unit_test(test_live_options__a_wait_that_has_begun_ends_by_the_new_limit),
      cmocka_unit_test(test_live_options__how_many_may_come),
      cmocka_unit_test(test_live_options__how_many_may_wait),
      cmocka_unit_test(test_live_options__others_stay),
      cmocka_unit_test(test_live_options__texts_stay_valid),
      cmocka_unit_test(test_live_options__between_listening_and_running),
      cmocka_unit_test(test_live_options__of_another_server),
      cmocka_unit_test(test_live_options__a_log_callback_may_ask),
      cmocka_unit_test(test_live_options__changed_under_load),
      cmocka_unit_test(test_live_options__not_behind_the_end),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
