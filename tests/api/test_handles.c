/* Handles that are given up while they are used, and questions that come at any time. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_server* make(const char* threads) {
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "threads", threads));
  return server;
}

static ws_status free_server(ws_request* request, void* server) {
  ws_status status = ws_request_reply(request, 200, NULL, "bye", 3);
  ws_server_free(server);
  return status;
}

static void* run(void* server) {
  assert_ok(ws_server_run(server));
  return NULL;
}

static void test_handles__the_application_may_free_a_server_that_runs(void** state) {
  (void)state;
  for (int i = 0; i < 2; ++i) {
    ws_server* server = make(i == 0 ? "0" : "2");
    pthread_t thread;
    assert_ok(ws_server_set_app(server, free_server, server));
    assert_ok(ws_server_listen(server));
    const int fd = client_connect(ws_server_port(server, 0));
    pthread_create(&thread, NULL, run, server);
    client_send_text(fd, get);
    struct response response = client_read(fd, 0);
    /* The end may come before the answer. */
    assert_true(response.status == 200 || response.status == 0);
    response_free(&response);
    client_close(fd);
    pthread_join(thread, NULL);
  }
}

/* -- A request that was kept outlives its server -- */

static ws_request* kept;
static atomic_int is_kept;

static ws_status keep(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_defer(request));
  kept = request;
  atomic_store(&is_kept, 1);
  return WS_OK;
}

static ws_status count(ws_request* request, void* answers) {
  (void)request;
  ++*(int*)answers;
  return WS_OK;
}

static ws_status count_own(ws_request* request, ws_next* next, void* answers) {
  assert_ok(ws_request_on_answer(request, count, answers, NULL));
  return ws_next_call(next, request);
}

/* What the server's callback uses may have gone with the server; what is the request's has not. */
static void test_handles__an_answer_may_come_after_the_server(void** state) {
  (void)state;
  int of_server = 0;
  int of_request = 0;
  ws_server* server = make("1");
  atomic_store(&is_kept, 0);
  assert_ok(ws_server_set_app(server, keep, NULL));
  assert_ok(ws_server_use(server, count_own, &of_request));
  assert_ok(ws_server_on_answer(server, count, &of_server));
  assert_ok(ws_server_start(server));
  const int fd = client_connect(ws_server_port(server, 0));
  client_send_text(fd, get);
  while (!atomic_load(&is_kept)) {
  }
  ws_server_drain(server, 0);
  assert_ok(ws_server_join(server));
  ws_server_free(server);
  assert_status(ws_request_reply(kept, 200, NULL, "late", 4), WS_EDISCONNECTED);
  ws_request_release(kept);
  client_close(fd);
  assert_int_equal(of_server, 0);
  assert_int_equal(of_request, 1);
}

struct asker {
  ws_server* server;
  atomic_int has_begun;
  atomic_int is_over;
};

static void* ask_for_numbers(void* data) {
  struct asker* asker = data;
  do {
    assert_int_equal(ws_server_stat(asker->server, "connections"), 0);
    assert_int_equal(ws_server_stat(asker->server, "requests"), 0);
    assert_int_equal(ws_server_stat(asker->server, "waiting"), 0);
    assert_int_equal(ws_server_stat(asker->server, "buffered"), 0);
    atomic_store(&asker->has_begun, 1);
  } while (!atomic_load(&asker->is_over));
  return NULL;
}

/* ThreadSanitizer sees more of it. */
static void test_handles__numbers_may_be_asked_for_while_it_starts(void** state) {
  (void)state;
  struct asker asker = {.server = make("2")};
  pthread_t thread;
  assert_ok(ws_server_set_app(asker.server, free_server, NULL));
  pthread_create(&thread, NULL, ask_for_numbers, &asker);
  while (!atomic_load(&asker.has_begun)) {
  }
  assert_ok(ws_server_start(asker.server));
  ws_server_stop(asker.server);
  assert_ok(ws_server_join(asker.server));
  atomic_store(&asker.is_over, 1);
  pthread_join(thread, NULL);
  ws_server_free(asker.server);
}

static ws_status pack_nowhere(ws_request* request, void* app_data) {
  (void)app_data;
  const size_t size = ws_request_pack(request, NULL, 0);
  const int same = size > 0 && ws_request_pack(request, NULL, size) == size;
  return ws_request_reply(request, same ? 200 : 500, NULL, "", 0);
}

static void test_handles__null_is_no_buffer(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, pack_nowhere, NULL);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  char text[8];
  assert_int_equal(ws_server_explain_proxy(f.server, "\033[31m", "", text, sizeof text), 0);
  assert_holds(ws_last_error(), "got \"\\x1b[31m\"");
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_handles__the_application_may_free_a_server_that_runs),
      cmocka_unit_test(test_handles__an_answer_may_come_after_the_server),
      cmocka_unit_test(test_handles__numbers_may_be_asked_for_while_it_starts),
      cmocka_unit_test(test_handles__null_is_no_buffer),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("handles", tests, NULL, NULL);
}
