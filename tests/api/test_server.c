/* ws_server_* and ws_next_call: a server's life, from outside. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_status hello(ws_request* request, void* app_data) {
  const char* text = app_data != NULL ? app_data : "hello";
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

static void test_server__serves(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, hello, "with data");
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, "with data");
  assert_string_equal(response_field(&response, "Server"), "wserve");
  response_free(&response);
  assert_int_equal(ws_server_stat(f.server, "requests"), 1);
  fixture_end(&f);
}

static void test_server__serves_without_threads(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  fixture_start(&f, hello, NULL);
  struct response response = client_ask(f.port, get);
  assert_string_equal(response.body, "hello");
  response_free(&response);
  fixture_end(&f);
}

static void* stop_later(void* server) {
  struct response response = client_ask(ws_server_port(server, 0), get);
  const int status = response.status;
  response_free(&response);
  ws_server_stop(server);
  return (void*)(intptr_t)status;
}

static void test_server__run_blocks_until_it_is_stopped(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_set_app(f.server, hello, NULL));
  assert_ok(ws_server_listen(f.server));
  pthread_t thread;
  pthread_create(&thread, NULL, stop_later, f.server);
  assert_ok(ws_server_run(f.server));
  void* status = NULL;
  pthread_join(thread, &status);
  assert_int_equal((intptr_t)status, 200);
  assert_status(ws_server_run(f.server), WS_ESTATE);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static ws_server* stopped_by_signal;
static void on_signal(int number) {
  (void)number;
  ws_server_stop(stopped_by_signal);
}

static void* raise_later(void* server) {
  struct response response = client_ask(ws_server_port(server, 0), get);
  response_free(&response);
  kill(getpid(), SIGUSR1);
  return NULL;
}

static void test_server__stops_from_a_signal_handler(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_set_app(f.server, hello, NULL));
  assert_ok(ws_server_listen(f.server));
  stopped_by_signal = f.server;
  signal(SIGUSR1, on_signal);
  pthread_t thread;
  pthread_create(&thread, NULL, raise_later, f.server);
  assert_ok(ws_server_run(f.server));
  pthread_join(thread, NULL);
  signal(SIGUSR1, SIG_DFL);
  ws_server_free(f.server);
}

static void test_server__changes_no_signal_disposition(void** state) {
  (void)state;
  struct sigaction before[NSIG];
  struct sigaction after;
  memset(before, 0, sizeof before);
  for (int i = 1; i < NSIG; ++i) {
    sigaction(i, NULL, &before[i]);
  }
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, hello, NULL);
  struct response response = client_ask(f.port, get);
  response_free(&response);
  for (int i = 1; i < NSIG; ++i) {
    if (sigaction(i, NULL, &after) == 0) {
      assert_true(after.sa_handler == before[i].sa_handler);
    }
  }
  fixture_end(&f);
}

static void test_server__stopped_before_it_runs_it_returns_at_once(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_set_app(f.server, hello, NULL));
  ws_server_stop(f.server);
  assert_ok(ws_server_run(f.server));
  ws_server_free(f.server);
}

static void test_server__refuses_bad_options(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_status(ws_server_set(server, "threads", "-3"), WS_EINVAL);
  assert_string_equal(ws_last_error(), "threads must be 0..1024 or auto, got \"-3\"");
  assert_status(ws_server_set(server, "thread", "3"), WS_EUNKNOWN);
  assert_string_equal(ws_last_error(), "\"thread\" is not an option; did you mean threads?");
  assert_status(ws_server_set(server, NULL, "3"), WS_EINVAL);
  assert_null(ws_server_get(server, "thread"));
  assert_ok(ws_server_set(server, "threads", "7"));
  assert_string_equal(ws_server_get(server, "threads"), "7");
  assert_ok(ws_server_set(server, "threads", NULL));
  assert_string_equal(ws_server_get(server, "threads"), "4");
  ws_server_free(server);
}

static void test_server__names_every_conflict(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "port", "1"));
  assert_ok(ws_server_set(server, "trusted_proxy_count", "2"));
  assert_status(ws_server_listen(server), WS_ECONFLICT);
  assert_string_equal(ws_last_error(),
                      "port may not be set if listen is set; trusted_proxy_count has no meaning "
                      "without setting trusted_proxy");
  assert_ok(ws_server_set(server, "port", NULL));
  assert_ok(ws_server_set(server, "trusted-proxy-count", NULL));
  assert_ok(ws_server_listen(server));
  ws_server_free(server);
}

static void test_server__cannot_be_changed_once_it_listens(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_listen(f.server));
  assert_status(ws_server_listen(f.server), WS_ESTATE);
  assert_status(ws_server_set(f.server, "threads", "1"), WS_ESTATE);
  assert_status(ws_server_set_app(f.server, hello, NULL), WS_ESTATE);
  assert_status(ws_server_set_log(f.server, NULL, NULL), WS_ESTATE);
  assert_status(ws_server_use(f.server, NULL, NULL), WS_EINVAL);
  assert_status(ws_server_join(f.server), WS_ESTATE);
  ws_server_free(f.server);
}

static void test_server__listens_on_several_addresses(void** state) {
  (void)state;
  char folder[] = "/tmp/wserve-test-XXXXXX";
  assert_non_null(mkdtemp(folder));
  char listen[256];
  snprintf(listen, sizeof listen, "127.0.0.1:0 [::1]:0 unix:%s/sock?mode=0666", folder);
  struct fixture f;
  fixture_make(&f, (const char*[]){"listen", listen, NULL});
  fixture_start(&f, hello, NULL);
  char path[128];
  snprintf(path, sizeof path, "%s/sock", folder);
  assert_true(ws_server_port(f.server, 0) > 0);
  assert_true(ws_server_port(f.server, 1) > 0);
  assert_int_equal(ws_server_port(f.server, 2), 0);
  assert_int_equal(ws_server_port(f.server, 3), -1);
  assert_null(ws_server_address(f.server, 3));
  assert_int_equal(strncmp(ws_server_address(f.server, 1), "[::1]:", 6), 0);
  assert_string_equal(ws_server_address(f.server, 2) + 5, path);
  const int fd = client_connect_unix(path);
  client_send_text(fd, get);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
  assert_int_equal(access(path, F_OK), -1);
  assert_int_equal(rmdir(folder), 0);
}

static void test_server__two_live_in_one_process(void** state) {
  (void)state;
  struct fixture first;
  struct fixture second;
  fixture_make(&first, NULL);
  fixture_make(&second, (const char*[]){"ident", "second", NULL});
  fixture_start(&first, hello, "one");
  fixture_start(&second, hello, "two");
  struct response one = client_ask(first.port, get);
  struct response two = client_ask(second.port, get);
  assert_string_equal(one.body, "one");
  assert_string_equal(two.body, "two");
  assert_string_equal(response_field(&two, "Server"), "second");
  response_free(&one);
  response_free(&two);
  fixture_end(&first);
  fixture_end(&second);
}

static ws_status add_one(ws_request* request, ws_next* next, void* filter_data) {
  char text[64];
  const char* so_far = ws_request_get(request, "test.filters");
  snprintf(text, sizeof text, "%s%s", so_far != NULL ? so_far : "", (const char*)filter_data);
  assert_ok(ws_request_set(request, "test.filters", text));
  return ws_next_call(next, request);
}

static ws_status forbid(ws_request* request, ws_next* next, void* filter_data) {
  (void)filter_data;
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/forbidden") == 0) {
    return ws_request_reply(request, 403, "text/plain", "no", 2);
  }
  return ws_next_call(next, request);
}

static ws_status show_filters(ws_request* request, void* app_data) {
  const char* text = ws_request_get(request, "test.filters");
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

static void test_server__filters_run_in_their_order(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_use(f.server, add_one, "a"));
  assert_ok(ws_server_use(f.server, forbid, NULL));
  assert_ok(ws_server_use(f.server, add_one, "b"));
  fixture_start(&f, show_filters, NULL);
  struct response passed = client_ask(f.port, get);
  assert_string_equal(passed.body, "ab");
  response_free(&passed);
  struct response stopped = client_ask(f.port, "GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(stopped.status, 403);
  response_free(&stopped);
  assert_status(ws_next_call(NULL, NULL), WS_EINVAL);
  fixture_end(&f);
}

static ws_status fail_to_answer(ws_request* request, void* app_data) {
  (void)request;
  (void)app_data;
  return WS_EAPP;
}

static void test_server__logs_to_the_callback(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, fail_to_answer, NULL);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 500);
  response_free(&response);
  fixture_wait_for_log(&f, "Exception while serving /path: WS_EAPP");
  fixture_end(&f);
}

static void test_server__tells_numbers(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, hello, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  struct response response = client_read(fd, 0);
  response_free(&response);
  assert_int_equal(ws_server_stat(f.server, "connections"), 1);
  assert_int_equal(ws_server_stat(f.server, "requests"), 1);
  assert_int_equal(ws_server_stat(f.server, "waiting"), 0);
  assert_int_equal(ws_server_stat(f.server, "nonsense"), -1);
  client_close(fd);
  fixture_end(&f);
}

static void test_server__drain_finishes_what_was_begun(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, gate_pass, &gate);
  const int idle = client_connect(f.port);
  const int busy = client_connect(f.port);
  client_send_text(busy, get);
  gate_wait_for(&gate, 1);
  ws_server_drain(f.server, 60000);
  assert_true(client_sees_end(idle));
  gate_open(&gate);
  struct response response = client_read(busy, 0);
  assert_string_equal(response.body, "x");
  assert_string_equal(response_field(&response, "Connection"), "close");
  response_free(&response);
  assert_true(client_sees_end(busy));
  client_close(idle);
  client_close(busy);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static void test_server__drain_without_time_cuts(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, gate_pass, &gate);
  const int busy = client_connect(f.port);
  client_send_text(busy, get);
  gate_wait_for(&gate, 1);
  ws_server_stop(f.server);
  ws_server_drain(f.server, 0);
  struct response response = client_read(busy, 0);
  assert_int_equal(response.status, 0);
  response_free(&response);
  client_close(busy);
  gate_open(&gate);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static void test_server__free_stops_a_running_server(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, hello, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  struct response response = client_read(fd, 0);
  response_free(&response);
  ws_server_free(f.server);
  assert_true(client_sees_end(fd));
  client_close(fd);
}

static void test_server__null_handles_are_harmless(void** state) {
  (void)state;
  ws_server_free(NULL);
  ws_server_stop(NULL);
  ws_server_drain(NULL, 1);
  assert_status(ws_server_run(NULL), WS_EINVAL);
  assert_status(ws_server_start(NULL), WS_EINVAL);
  assert_status(ws_server_join(NULL), WS_EINVAL);
  assert_status(ws_server_listen(NULL), WS_EINVAL);
  assert_status(ws_server_set_app(NULL, hello, NULL), WS_EINVAL);
  assert_status(ws_server_set_log(NULL, NULL, NULL), WS_EINVAL);
  assert_int_equal(ws_server_port(NULL, 0), -1);
  assert_null(ws_server_address(NULL, 0));
  assert_null(ws_server_get(NULL, "threads"));
  assert_int_equal(ws_server_stat(NULL, "requests"), -1);
  ws_server* server = ws_server_new();
  assert_status(ws_server_set_app(server, NULL, NULL), WS_EINVAL);
  ws_server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_server__serves),
      cmocka_unit_test(test_server__serves_without_threads),
      cmocka_unit_test(test_server__run_blocks_until_it_is_stopped),
      cmocka_unit_test(test_server__stops_from_a_signal_handler),
      cmocka_unit_test(test_server__changes_no_signal_disposition),
      cmocka_unit_test(test_server__stopped_before_it_runs_it_returns_at_once),
      cmocka_unit_test(test_server__refuses_bad_options),
      cmocka_unit_test(test_server__names_every_conflict),
      cmocka_unit_test(test_server__cannot_be_changed_once_it_listens),
      cmocka_unit_test(test_server__listens_on_several_addresses),
      cmocka_unit_test(test_server__two_live_in_one_process),
      cmocka_unit_test(test_server__filters_run_in_their_order),
      cmocka_unit_test(test_server__logs_to_the_callback),
      cmocka_unit_test(test_server__tells_numbers),
      cmocka_unit_test(test_server__drain_finishes_what_was_begun),
      cmocka_unit_test(test_server__drain_without_time_cuts),
      cmocka_unit_test(test_server__free_stops_a_running_server),
      cmocka_unit_test(test_server__null_handles_are_harmless),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/server", tests, NULL, NULL);
}
