/* loops=N: several event loops, one server. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { CLIENTS = 40, REQUESTS = 10 };

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_status tell_path(ws_request* request, void* app_data) {
  const char* path = ws_request_get(request, "PATH_INFO");
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", path, strlen(path));
}

static void ask_path(int fd) {
  client_send_text(fd, get);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, "/path");
  response_free(&response);
}

/* Connections that are all open at once, some requests on each. */
static void ask_on_many_connections(int port) {
  int clients[CLIENTS];
  for (int i = 0; i < CLIENTS; ++i) {
    clients[i] = client_connect(port);
  }
  for (int i = 0; i < CLIENTS * REQUESTS; ++i) {
    ask_path(clients[i % CLIENTS]);
  }
  for (int i = 0; i < CLIENTS; ++i) {
    client_close(clients[i]);
  }
}

static void serve_with(const char* const* options) {
  struct fixture f;
  fixture_make(&f, options);
  fixture_start(&f, tell_path, NULL);
  ask_on_many_connections(f.port);
  assert_int_equal(ws_server_stat(f.server, "requests"), CLIENTS * REQUESTS);
  fixture_end(&f);
}

static void test_loops__feed_one_pool(void** state) {
  (void)state;
  serve_with((const char* const[]){"loops", "3", "threads", "2", NULL});
}

static void test_loops__run_the_application_themselves(void** state) {
  (void)state;
  serve_with((const char* const[]){"loops", "3", "threads", "0", NULL});
}

static void test_loops__auto_is_one_for_each_core(void** state) {
  (void)state;
  serve_with((const char* const[]){"loops", "auto", NULL});
}

static ws_status tell_multithread(ws_request* request) {
  const char* multithread = ws_request_get(request, "ws.multithread");
  return ws_request_reply(request, 200, "text/plain", multithread, strlen(multithread));
}

struct meeting {
  pthread_mutex_t mutex;
  pthread_cond_t somebody_came;
  int present;
};

/* Answers once two requests are being answered at the same time. */
static ws_status meet(ws_request* request, void* app_data) {
  struct meeting* meeting = app_data;
  pthread_mutex_lock(&meeting->mutex);
  ++meeting->present;
  pthread_cond_broadcast(&meeting->somebody_came);
  while (meeting->present < 2) {
    pthread_cond_wait(&meeting->somebody_came, &meeting->mutex);
  }
  pthread_mutex_unlock(&meeting->mutex);
  return tell_multithread(request);
}

static void await_present(struct meeting* meeting, int count) {
  pthread_mutex_lock(&meeting->mutex);
  while (meeting->present < count) {
    pthread_cond_wait(&meeting->somebody_came, &meeting->mutex);
  }
  pthread_mutex_unlock(&meeting->mutex);
}

static void test_loops__a_busy_one_leaves_connections_to_the_others(void** state) {
  (void)state;
  struct meeting meeting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  struct fixture f;
  fixture_make(&f, (const char* const[]){"loops", "2", "threads", "0", NULL});
  fixture_start(&f, meet, &meeting);
  const int first = client_connect(f.port);
  client_send_text(first, get);
  await_present(&meeting, 1);
  struct response other = client_ask(f.port, get);
  assert_string_equal(other.body, "true");
  response_free(&other);
  struct response response = client_read(first, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(first);
  fixture_end(&f);
}

static void* run_server(void* server) {
  return (void*)(intptr_t)ws_server_run(server);
}

static void test_loops__run_returns_when_all_have_ended(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char* const[]){"loops", "3", NULL});
  assert_ok(ws_server_set_app(f.server, tell_path, NULL));
  assert_ok(ws_server_listen(f.server));
  pthread_t runner;
  pthread_create(&runner, NULL, run_server, f.server);
  ask_on_many_connections(ws_server_port(f.server, 0));
  const int idle = client_connect(ws_server_port(f.server, 0));
  ask_path(idle);
  ws_server_stop(f.server);
  assert_int_equal(client_sees_end(idle), 1);
  client_close(idle);
  void* result = NULL;
  pthread_join(runner, &result);
  assert_int_equal((intptr_t)result, WS_OK);
  ws_server_free(f.server);
}

static void test_loops__feed_workers_that_pull(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char* const[]){"loops", "2", NULL});
  struct puller puller = {f.server, tell_path, NULL};
  pthread_t workers[2];
  for (int i = 0; i < 2; ++i) {
    pthread_create(&workers[i], NULL, fixture_pull, &puller);
  }
  fixture_start_pulled(&f);
  ask_on_many_connections(f.port);
  ws_server_drain(f.server, 5000);
  for (int i = 0; i < 2; ++i) {
    pthread_join(workers[i], NULL);
  }
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

/* "auto" is one there. */
static void test_loops__a_worker_turns_one_only(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char* const[]){"loops", "2", "threads", "0", NULL});
  assert_ok(ws_server_listen(f.server));
  assert_status(ws_server_start(f.server), WS_EINVAL);
  assert_holds(ws_last_error(), "loops must be 1");
  assert_holds(ws_last_error(), "got 2");
  ws_server_free(f.server);
  fixture_make(&f, (const char* const[]){"loops", "auto", "threads", "0", NULL});
  fixture_start_pulled(&f);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_worker* worker = ws_worker_new(f.server);
  ws_request* request;
  ws_status status;
  while ((status = ws_worker_next(worker, 1000, &request)) != WS_OK) {
    assert_int_not_equal(status, WS_CLOSED);
  }
  assert_ok(tell_multithread(request));
  ws_request_release(request);
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "false");
  response_free(&response);
  client_close(fd);
  ws_server_stop(f.server);
  while ((status = ws_worker_next(worker, -1, &request)) != WS_CLOSED) {
    assert_status(status, WS_INTERRUPTED);
  }
  ws_worker_free(worker);
  ws_server_free(f.server);
}

static void test_loops__must_be_a_number_or_auto(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  for (const char* const* bad = (const char* const[]){"0", "257", "-1", "many", "", NULL};
       *bad != NULL; ++bad) {
    assert_status(ws_server_set(f.server, "loops", *bad), WS_EINVAL);
    assert_holds(ws_last_error(), "1..256 or auto");
  }
  ws_server_free(f.server);
}

static void answer_one(ws_worker* worker) {
  ws_request* request;
  assert_ok(ws_worker_next(worker, 10000, &request));
  assert_ok(tell_path(request, NULL));
  ws_request_release(request);
}

/* For a thread of the host program with a policy, which the loop's inherits. */
static void fall_behind_and_keep_up(int policy) {
  enum { WAITING = 3 };
  const struct sched_param none = {0};
  assert_int_equal(sched_setscheduler(0, policy, &none), 0);
  struct fixture f;
  fixture_make(&f, (const char* const[]){"loops", "1", NULL});
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  int clients[WAITING];
  for (int i = 0; i < WAITING; ++i) {
    clients[i] = client_connect(f.port);
    client_send_text(clients[i], get);
  }
  fixture_wait_for_loops(SCHED_BATCH, 1);
  for (int i = 0; i < WAITING; ++i) {
    answer_one(worker);
  }
  for (int i = 0; i < WAITING; ++i) { /* one waits, and one may take it */
    ws_request* request;
    assert_status(ws_worker_next(worker, 0, &request), WS_TIMEOUT);
    client_send_text(clients[i], get);
    answer_one(worker);
  }
  fixture_wait_for_loops(policy, 1);
  for (int i = 0; i < WAITING; ++i) {
    client_close(clients[i]);
  }
  ws_worker_free(worker);
  fixture_end(&f);
  fixture_wait_for_threads();
}

static void test_loops__do_not_interrupt_workers_that_are_behind(void** state) {
  (void)state;
  fall_behind_and_keep_up(SCHED_BATCH); /* somebody's choice stays */
  fall_behind_and_keep_up(SCHED_OTHER);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_loops__feed_one_pool),
      cmocka_unit_test(test_loops__run_the_application_themselves),
      cmocka_unit_test(test_loops__auto_is_one_for_each_core),
      cmocka_unit_test(test_loops__a_busy_one_leaves_connections_to_the_others),
      cmocka_unit_test(test_loops__run_returns_when_all_have_ended),
      cmocka_unit_test(test_loops__feed_workers_that_pull),
      cmocka_unit_test(test_loops__do_not_interrupt_workers_that_are_behind),
      cmocka_unit_test(test_loops__a_worker_turns_one_only),
      cmocka_unit_test(test_loops__must_be_a_number_or_auto),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
