/* What is true when ws_server_join() has come back, and who may call it. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

static void assert_body(int port, const char* body) {
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, body);
  response_free(&response);
}

/* A program may then call unshare(2), or unload what the application needs. */
static void test_join__leaves_no_thread(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "1", "3"};
  for (int i = 0; i < 60; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i % 3], "loops", i % 2 ? "2" : "1", NULL});
    fixture_start(&f, hello, NULL);
    assert_body(f.port, "hello");
    ws_server_drain(f.server, 0);
    assert_ok(ws_server_join(f.server));
    fixture_assert_no_threads();
    ws_server_free(f.server);
  }
}

static ws_status end_thread(ws_request* request, void* app_data) {
  (void)request;
  (void)app_data;
  pthread_exit(NULL);
}

static void test_join__leaves_no_thread_that_the_application_has_ended(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "2", NULL});
  fixture_start(&f, end_thread, NULL);
  for (int i = 0; i < 10; ++i) {
    struct response response = client_ask(f.port, get);
    assert_int_equal(response.status, 500);
    response_free(&response);
  }
  fixture_end(&f);
  fixture_assert_no_threads();
}

static void* join(void* server) {
  return (void*)(intptr_t)ws_server_join(server);
}

static void test_join__several_threads_may(void** state) {
  (void)state;
  enum { JOINERS = 4 };
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, hello, NULL);
  pthread_t joiners[JOINERS];
  for (int i = 0; i < JOINERS; ++i) {
    assert_int_equal(pthread_create(&joiners[i], NULL, join, f.server), 0);
  }
  assert_body(f.port, "hello");
  ws_server_drain(f.server, 0);
  for (int i = 0; i < JOINERS; ++i) {
    void* status = NULL;
    pthread_join(joiners[i], &status);
    assert_int_equal((intptr_t)status, WS_OK);
  }
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

/* Says what it got. */
static ws_status join_and_tell(ws_request* request, void* server) {
  const char* told = ws_server_join(server) == WS_ESTATE ? "refused" : "joined";
  return ws_request_reply(request, 200, "text/plain", told, strlen(told));
}

static void test_join__the_servers_own_threads_may_not(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "2"};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    fixture_start(&f, join_and_tell, f.server);
    assert_body(f.port, "refused");
    fixture_end(&f);
  }
}

static void* ask_and_stop(void* server) {
  struct response response = client_ask(ws_server_port(server, 0), get);
  const int is_refused = response.body_size == 7 && memcmp(response.body, "refused", 7) == 0;
  response_free(&response);
  ws_server_drain(server, 0);
  return (void*)(intptr_t)is_refused;
}

static void test_join__a_thread_that_runs_the_loop_may_not(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  assert_ok(ws_server_set_app(f.server, join_and_tell, f.server));
  assert_ok(ws_server_listen(f.server));
  pthread_t client;
  assert_int_equal(pthread_create(&client, NULL, ask_and_stop, f.server), 0);
  assert_ok(ws_server_run(f.server));
  void* is_refused = NULL;
  pthread_join(client, &is_refused);
  assert_int_equal((intptr_t)is_refused, 1);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static ws_status join_in_filter(ws_request* request, ws_next* next, void* server) {
  (void)next;
  return join_and_tell(request, server);
}

static void test_join__a_worker_that_turns_the_loop_may_not(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", "loops", "1", NULL});
  assert_ok(ws_server_use(f.server, join_in_filter, f.server));
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  pthread_t client;
  assert_int_equal(pthread_create(&client, NULL, ask_and_stop, f.server), 0);
  ws_request* none = NULL;
  while (ws_worker_next(worker, 20000, &none) != WS_CLOSED) {
  }
  void* is_refused = NULL;
  pthread_join(client, &is_refused);
  assert_int_equal((intptr_t)is_refused, 1);
  assert_ok(ws_server_join(f.server));
  ws_worker_free(worker);
  ws_server_free(f.server);
}

static void test_join__does_not_wait_for_an_application_that_hangs(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "2", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  gate_wait_for(&gate, 1);
  ws_server_drain(f.server, 0);
  assert_ok(ws_server_join(f.server));
  fixture_wait_for_log(&f, "1 thread(s) still running the application");
  ws_server_free(f.server);
  client_close(fd);
  gate_open(&gate);
  fixture_wait_for_threads();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_join__leaves_no_thread),
      cmocka_unit_test(test_join__leaves_no_thread_that_the_application_has_ended),
      cmocka_unit_test(test_join__several_threads_may),
      cmocka_unit_test(test_join__the_servers_own_threads_may_not),
      cmocka_unit_test(test_join__a_thread_that_runs_the_loop_may_not),
      cmocka_unit_test(test_join__a_worker_that_turns_the_loop_may_not),
      cmocka_unit_test(test_join__does_not_wait_for_an_application_that_hangs),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/join", tests, NULL, NULL);
}
