/* ws_worker_*: requests for threads that the host program owns. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static void answer(ws_request* request) {
  const char* path = ws_request_get(request, "PATH_INFO");
  assert_ok(ws_request_reply(request, 200, "text/plain", path, strlen(path)));
  ws_request_release(request);
}

/* Pulls and answers until the server closes; tells how many there were. */
static void* work(void* server) {
  ws_worker* worker = ws_worker_new(server);
  intptr_t count = 0;
  ws_request* request;
  ws_status status;
  while ((status = ws_worker_next(worker, 1000, &request)) != WS_CLOSED) {
    if (status == WS_OK) {
      ++count;
      answer(request);
    }
  }
  ws_worker_free(worker);
  return (void*)count;
}

static void test_worker__several_threads_answer(void** state) {
  (void)state;
  enum { THREADS = 3, REQUESTS = 200 };
  struct fixture f;
  fixture_make(&f, NULL);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; ++i) {
    pthread_create(&threads[i], NULL, work, f.server);
  }
  fixture_start_pulled(&f);
  const int fd = client_connect(f.port);
  for (int i = 0; i < REQUESTS; ++i) {
    client_send_text(fd, get);
    struct response response = client_read(fd, 0);
    assert_string_equal(response.body, "/path");
    response_free(&response);
  }
  client_close(fd);
  ws_server_stop(f.server);
  intptr_t total = 0;
  for (int i = 0; i < THREADS; ++i) {
    void* count = NULL;
    pthread_join(threads[i], &count);
    total += (intptr_t)count;
  }
  assert_int_equal(total, REQUESTS);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static void test_worker__waits_as_long_as_it_is_told(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  ws_request* request = (ws_request*)1;
  assert_status(ws_worker_next(worker, 0, &request), WS_TIMEOUT);
  assert_null(request);
  assert_status(ws_worker_next(worker, 20, &request), WS_TIMEOUT);
  assert_status(ws_worker_next(worker, 0, NULL), WS_EINVAL);
  assert_status(ws_worker_next(NULL, 0, &request), WS_EINVAL);
  ws_worker_free(worker);
  fixture_end(&f);
}

static void test_worker__descriptor_becomes_readable(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  ws_request* request;
  assert_status(ws_worker_next(worker, 0, &request), WS_TIMEOUT);
  struct pollfd waited = {.fd = ws_worker_fd(worker), .events = POLLIN};
  assert_int_equal(poll(&waited, 1, 0), 0);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_int_equal(poll(&waited, 1, 10000), 1);
  assert_ok(ws_worker_next(worker, 0, &request));
  answer(request);
  assert_status(ws_worker_next(worker, 0, &request), WS_TIMEOUT);
  assert_int_equal(poll(&waited, 1, 0), 0);
  ws_worker_wake(worker);
  assert_int_equal(poll(&waited, 1, 10000), 1);
  assert_status(ws_worker_next(worker, 0, &request), WS_INTERRUPTED);
  struct response response = client_read(fd, 0);
  response_free(&response);
  client_close(fd);
  ws_worker_free(worker);
  assert_int_equal(ws_worker_fd(NULL), -1);
  fixture_end(&f);
}

/* Before anybody has asked. */
static void test_worker__descriptor_tells_of_the_first_request(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  ws_worker* worker = ws_worker_new(f.server);
  struct pollfd waited = {.fd = ws_worker_fd(worker), .events = POLLIN};
  fixture_start_pulled(&f);
  assert_int_equal(poll(&waited, 1, 0), 0);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_int_equal(poll(&waited, 1, 10000), 1);
  ws_request* request;
  assert_ok(ws_worker_next(worker, 0, &request));
  answer(request);
  assert_status(ws_worker_next(worker, 0, &request), WS_TIMEOUT);
  assert_int_equal(poll(&waited, 1, 0), 0);
  struct response response = client_read(fd, 0);
  response_free(&response);
  client_close(fd);
  ws_server_drain(f.server, 0);
  assert_int_equal(poll(&waited, 1, 10000), 1);
  assert_status(ws_worker_next(worker, 0, &request), WS_CLOSED);
  ws_worker_free(worker);
  fixture_end(&f);
}

/* Threads that share a worker, as the header promises: whoever has the lock asks without waiting;
 * one of those that found nothing watches the descriptor. */
struct sharing {
  ws_worker* worker;
  pthread_mutex_t lock;
  pthread_mutex_t leader;
  atomic_int taken;
};

static ws_status ask_once(struct sharing* sharing) {
  ws_request* request;
  pthread_mutex_lock(&sharing->lock);
  const ws_status status = ws_worker_next(sharing->worker, 0, &request);
  pthread_mutex_unlock(&sharing->lock);
  if (status == WS_OK) {
    atomic_fetch_add(&sharing->taken, 1);
    answer(request);
  }
  return status;
}

static void* share(void* data) {
  struct sharing* sharing = data;
  struct pollfd waited = {.fd = ws_worker_fd(sharing->worker), .events = POLLIN};
  ws_status status = WS_OK;
  while (status != WS_CLOSED) {
    pthread_mutex_lock(&sharing->leader);
    while ((status = ask_once(sharing)) == WS_TIMEOUT) {
      poll(&waited, 1, -1);
    }
    pthread_mutex_unlock(&sharing->leader);
    while (status == WS_OK) {
      status = ask_once(sharing); /* while another watches */
    }
  }
  return NULL;
}

static void test_worker__one_thread_watches_while_others_take(void** state) {
  (void)state;
  enum { THREADS = 3, REQUESTS = 300, CLIENTS = 4 };
  struct fixture f;
  fixture_make(&f, NULL);
  struct sharing sharing = {.worker = ws_worker_new(f.server)};
  pthread_mutex_init(&sharing.lock, NULL);
  pthread_mutex_init(&sharing.leader, NULL);
  fixture_start_pulled(&f);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; ++i) {
    pthread_create(&threads[i], NULL, share, &sharing);
  }
  int clients[CLIENTS];
  for (int i = 0; i < CLIENTS; ++i) {
    clients[i] = client_connect(f.port);
  }
  for (int i = 0; i < REQUESTS; ++i) {
    for (int j = 0; j < CLIENTS; ++j) {
      client_send_text(clients[j], get);
    }
    for (int j = 0; j < CLIENTS; ++j) {
      struct response response = client_read(clients[j], 0);
      assert_string_equal(response.body, "/path");
      response_free(&response);
    }
  }
  for (int i = 0; i < CLIENTS; ++i) {
    client_close(clients[i]);
  }
  ws_server_stop(f.server);
  for (int i = 0; i < THREADS; ++i) {
    pthread_join(threads[i], NULL);
  }
  assert_int_equal(sharing.taken, REQUESTS * CLIENTS);
  assert_ok(ws_server_join(f.server));
  ws_worker_free(sharing.worker);
  ws_server_free(f.server);
}

static void test_worker__a_server_that_nobody_serves_says_so(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start_pulled(&f);
  fixture_wait_for_log(&f, "neither an application nor a worker");
  fixture_end(&f);
}

static ws_worker* woken_by_signal;
static void on_signal(int number) {
  (void)number;
  ws_worker_wake(woken_by_signal);
}

static void test_worker__wakes_from_a_signal_handler(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "1"};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    woken_by_signal = ws_worker_new(f.server);
    fixture_start_pulled(&f);
    signal(SIGALRM, on_signal);
    ws_request* request;
    ualarm(20000, 0);
    assert_status(ws_worker_next(woken_by_signal, 10000, &request), WS_INTERRUPTED);
    ws_worker_wake(woken_by_signal); /* sticky */
    assert_status(ws_worker_next(woken_by_signal, 10000, &request), WS_INTERRUPTED);
    signal(SIGALRM, SIG_DFL);
    ws_worker_free(woken_by_signal);
    ws_server_stop(f.server);
    if (i > 0) {
      assert_ok(ws_server_join(f.server));
    }
    ws_server_free(f.server);
  }
}

static void* ask_twice_and_stop(void* server) {
  const int fd = client_connect(ws_server_port(server, 0));
  intptr_t good = 0;
  for (int i = 0; i < 2; ++i) {
    client_send_text(fd, get);
    struct response response = client_read(fd, 0);
    good += response.status == 200;
    response_free(&response);
  }
  client_close(fd);
  ws_server_stop(server);
  return (void*)good;
}

static void test_worker__turns_the_loop_itself_without_threads(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  assert_int_equal(ws_worker_fd(worker), -1);
  pthread_t client;
  pthread_create(&client, NULL, ask_twice_and_stop, f.server);
  ws_request* request;
  ws_status status;
  int count = 0;
  while ((status = ws_worker_next(worker, -1, &request)) != WS_CLOSED) {
    if (status == WS_OK) {
      ++count;
      answer(request);
    } else {
      assert_status(status, WS_INTERRUPTED);
    }
  }
  void* good = NULL;
  pthread_join(client, &good);
  assert_int_equal((intptr_t)good, 2);
  assert_int_equal(count, 2);
  assert_ok(ws_server_join(f.server));
  ws_worker_free(worker);
  ws_server_free(f.server);
}

static void* take_one(void* worker) {
  ws_request* request = NULL;
  while (ws_worker_next(worker, -1, &request) == WS_INTERRUPTED) {
  }
  return request;
}

static void test_worker__another_thread_turns_the_loop_when_one_has_ended(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", "loops", "1", NULL});
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  const int fd = client_connect(f.port);
  for (int i = 0; i < 3; ++i) {
    client_send_text(fd, get);
    pthread_t turning;
    void* request = NULL;
    pthread_create(&turning, NULL, take_one, worker);
    pthread_join(turning, &request);
    answer(request);
    struct response response = client_read(fd, 0);
    assert_string_equal(response.body, "/path");
    response_free(&response);
  }
  client_close(fd);
  ws_worker_free(worker);
  ws_server_free(f.server);
}

/* On a thread of its own, before the server starts. */
struct early {
  ws_worker* worker;
  atomic_int thread;
};

static void* wait_and_turn(void* data) {
  struct early* early = data;
  ws_request* request;
  ws_status status;
  intptr_t count = 0;
  early->thread = gettid();
  while ((status = ws_worker_next(early->worker, -1, &request)) != WS_CLOSED) {
    if (status == WS_OK) {
      ++count;
      answer(request);
    }
  }
  return (void*)count;
}

static int is_asleep(int thread) {
  char path[60];
  char line[200] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
  FILE* file = fopen(path, "r");
  assert_non_null(file);
  assert_non_null(fgets(line, sizeof line, file));
  fclose(file);
  return strncmp(strrchr(line, ')'), ") S", 3) == 0;
}

static void test_worker__one_that_waits_already_turns_the_loop_once_there_is_one(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  struct early early = {ws_worker_new(f.server), 0};
  pthread_t thread;
  pthread_create(&thread, NULL, wait_and_turn, &early);
  while (early.thread == 0 || !is_asleep(early.thread)) {
    sched_yield();
  }
  fixture_start_pulled(&f);
  assert_int_equal((intptr_t)ask_twice_and_stop(f.server), 2);
  void* count = NULL;
  pthread_join(thread, &count);
  assert_int_equal((intptr_t)count, 2);
  assert_ok(ws_server_join(f.server));
  ws_worker_free(early.worker);
  ws_server_free(f.server);
}

static void test_worker__there_is_no_descriptor_where_the_worker_turns_the_loop(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  ws_worker* worker = ws_worker_new(f.server);
  assert_int_equal(ws_worker_fd(worker), -1);
  fixture_start_pulled(&f);
  assert_int_equal(ws_worker_fd(worker), -1);
  ws_server_stop(f.server);
  ws_request* request;
  assert_status(ws_worker_next(worker, -1, &request), WS_CLOSED);
  assert_int_equal(ws_worker_fd(worker), -1);
  ws_worker_free(worker);
  ws_server_free(f.server);
}

static void* run_server(void* server) {
  return (void*)(intptr_t)ws_server_run(server);
}

/* With ws_server_run() it is the thread of that call which turns the loop. */
static void test_worker__there_is_a_descriptor_where_another_thread_turns_the_loop(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  ws_worker* worker = ws_worker_new(f.server);
  assert_ok(ws_server_listen(f.server));
  f.port = ws_server_port(f.server, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, run_server, f.server);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = NULL;
  assert_ok(ws_worker_next(worker, 10000, &request));
  struct pollfd waited = {.fd = ws_worker_fd(worker), .events = POLLIN};
  answer(request);
  struct response response = client_read(fd, 0);
  response_free(&response);
  client_send_text(fd, get);
  assert_int_equal(poll(&waited, 1, 10000), 1);
  assert_ok(ws_worker_next(worker, 0, &request));
  answer(request);
  client_close(fd);
  ws_worker_free(worker);
  ws_server_drain(f.server, 0);
  void* result = NULL;
  pthread_join(thread, &result);
  assert_int_equal((intptr_t)result, WS_OK);
  ws_server_free(f.server);
}

static ws_status mark(ws_request* request, ws_next* next, void* filter_data) {
  (void)filter_data;
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/forbidden") == 0) {
    return ws_request_reply(request, 403, NULL, NULL, 0);
  }
  assert_ok(ws_request_set(request, "PATH_INFO", "/filtered"));
  return ws_next_call(next, request);
}

struct turner {
  ws_worker* worker;
  atomic_int is_over;
};

/* Until somebody else has turned the loop at the same time. */
static void* turn_until_over(void* data) {
  struct turner* turner = data;
  ws_request* request;
  while (!atomic_load(&turner->is_over)) {
    const ws_status status = ws_worker_next(turner->worker, 100, &request);
    if (status == WS_ESTATE) {
      assert_holds(ws_last_error(), "one worker turns the event loop");
      atomic_store(&turner->is_over, 1);
    } else {
      assert_true(status == WS_TIMEOUT || status == WS_INTERRUPTED);
    }
  }
  return NULL;
}

static void test_worker__the_loop_is_turned_by_one_at_a_time(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", "loops", "1", NULL});
  struct turner turner = {.worker = ws_worker_new(f.server)};
  ws_worker* second = ws_worker_new(f.server);
  ws_request* request;
  pthread_t thread;
  fixture_start_pulled(&f);
  pthread_create(&thread, NULL, turn_until_over, &turner);
  while (!atomic_load(&turner.is_over)) {
    if (ws_worker_next(second, 100, &request) == WS_ESTATE) {
      atomic_store(&turner.is_over, 1);
    }
  }
  pthread_join(thread, NULL);
  ws_server_drain(f.server, 0);
  while (ws_worker_next(second, 100, &request) != WS_CLOSED) {
  }
  ws_worker_free(turner.worker);
  ws_worker_free(second);
  fixture_end(&f);
}

static void test_worker__filters_come_first(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_use(f.server, mark, NULL));
  pthread_t thread;
  pthread_create(&thread, NULL, work, f.server);
  fixture_start_pulled(&f);
  struct response response = client_ask(f.port, get);
  assert_string_equal(response.body, "/filtered");
  response_free(&response);
  response = client_ask(f.port, "GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(response.status, 403);
  response_free(&response);
  ws_server_stop(f.server);
  void* count = NULL;
  pthread_join(thread, &count);
  assert_int_equal((intptr_t)count, 1);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static ws_status app(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, NULL, NULL, 0);
}

static void test_worker__an_application_excludes_workers(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set_app(server, app, NULL));
  assert_null(ws_worker_new(server));
  assert_holds(ws_last_error(), "workers pull only from one without");
  ws_server_free(server);
  server = ws_server_new();
  ws_worker* worker = ws_worker_new(server);
  assert_status(ws_server_set_app(server, app, NULL), WS_ESTATE);
  ws_server_free(server); /* the worker keeps what it needs */
  ws_worker_wake(worker);
  ws_worker_free(worker);
  ws_worker_free(NULL);
  assert_null(ws_worker_new(NULL));
}

static void test_worker__handles_may_be_freed_in_any_order(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request;
  assert_ok(ws_worker_next(worker, 10000, &request));
  ws_server_free(f.server);
  ws_status status = WS_OK;
  ws_request* none;
  while (status != WS_CLOSED) {
    status = ws_worker_next(worker, 10000, &none);
  }
  ws_worker_free(worker);
  assert_string_equal(ws_request_get(request, "PATH_INFO"), "/path");
  ws_request_release(request);
  client_close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_worker__several_threads_answer),
      cmocka_unit_test(test_worker__waits_as_long_as_it_is_told),
      cmocka_unit_test(test_worker__descriptor_becomes_readable),
      cmocka_unit_test(test_worker__wakes_from_a_signal_handler),
      cmocka_unit_test(test_worker__turns_the_loop_itself_without_threads),
      cmocka_unit_test(test_worker__another_thread_turns_the_loop_when_one_has_ended),
      cmocka_unit_test(test_worker__one_that_waits_already_turns_the_loop_once_there_is_one),
      cmocka_unit_test(test_worker__there_is_no_descriptor_where_the_worker_turns_the_loop),
      cmocka_unit_test(test_worker__there_is_a_descriptor_where_another_thread_turns_the_loop),
      cmocka_unit_test(test_worker__descriptor_tells_of_the_first_request),
      cmocka_unit_test(test_worker__a_server_that_nobody_serves_says_so),
      cmocka_unit_test(test_worker__one_thread_watches_while_others_take),
      cmocka_unit_test(test_worker__the_loop_is_turned_by_one_at_a_time),
      cmocka_unit_test(test_worker__filters_come_first),
      cmocka_unit_test(test_worker__an_application_excludes_workers),
      cmocka_unit_test(test_worker__handles_may_be_freed_in_any_order),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/worker", tests, NULL, NULL);
}
