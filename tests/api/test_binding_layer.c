/* <wserve/binding.h>: several steps in one call. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path?a=b HTTP/1.1\r\nHost: a\r\nX-Long: 123\r\n\r\n";

#define FIELDS "Content-Type\0text/plain\0X-Two\0two"

/* A server with one worker, a client that has asked for something, and the request. */
struct taken {
  struct fixture f;
  ws_worker* worker;
  int client;
  ws_request* request;
};

static void start_pulled(struct taken* t, const char* text) {
  fixture_make(&t->f, NULL);
  t->worker = ws_worker_new(t->f.server);
  fixture_start_pulled(&t->f);
  t->client = client_connect(t->f.port);
  client_send_text(t->client, text);
}

static void take(struct taken* t, const char* text) {
  start_pulled(t, text);
  assert_ok(ws_worker_next(t->worker, 10000, &t->request));
}

static struct response end(struct taken* t) {
  ws_request_release(t->request);
  struct response response = client_read(t->client, 0);
  client_close(t->client);
  ws_worker_free(t->worker);
  fixture_end(&t->f);
  return response;
}

static const ws_pair* find(const ws_pair* pairs, size_t count, const char* key) {
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(pairs[i].key, key) == 0) {
      return &pairs[i];
    }
  }
  return NULL;
}

static void assert_pair(const ws_pair* pair, const char* value) {
  assert_non_null(pair);
  assert_string_equal(pair->value, value);
  assert_int_equal(pair->key_size, strlen(pair->key));
  assert_int_equal(pair->value_size, strlen(value));
}

static void test_binding_layer__takes_a_request_with_its_pairs(void** state) {
  (void)state;
  struct taken t;
  start_pulled(&t, get);
  ws_pair pairs[64];
  size_t count = 0;
  assert_ok(ws_worker_take(t.worker, 10000, &t.request, pairs, 64, &count));
  assert_pair(find(pairs, count, "PATH_INFO"), "/path");
  assert_pair(find(pairs, count, "QUERY_STRING"), "a=b");
  assert_pair(find(pairs, count, "HTTP_X_LONG"), "123");
  assert_ptr_equal(find(pairs, count, "PATH_INFO")->value,
                   ws_request_get(t.request, "PATH_INFO")); /* not copied */
  assert_int_equal(ws_request_pairs(t.request, NULL, 0), count);
  ws_pair few[2];
  assert_int_equal(ws_request_pairs(t.request, few, 2), count);
  assert_ptr_equal(few[1].key, pairs[1].key);
  assert_int_equal(ws_request_pairs(NULL, few, 2), 0);
  ws_request* none = NULL;
  size_t untouched = 7;
  assert_status(ws_worker_take(t.worker, 0, &none, pairs, 64, &untouched), WS_TIMEOUT);
  assert_null(none);
  assert_int_equal(untouched, 7);
  assert_status(ws_worker_take(NULL, 0, &none, pairs, 64, &untouched), WS_EINVAL);
  struct response response = end(&t);
  assert_int_equal(response.status, 500); /* let go without an answer */
  response_free(&response);
}

static void test_binding_layer__takes_a_request_with_its_environ_packed(void** state) {
  (void)state;
  struct taken t;
  start_pulled(&t, get);
  char packed[4096];
  size_t size = 0;
  assert_ok(ws_worker_take_packed(t.worker, 10000, &t.request, packed, 8, &size));
  assert_true(size > 8); /* did not fit: to be asked for */
  char whole[4096];
  assert_int_equal(ws_request_pack(t.request, whole, sizeof whole), size);
  assert_ok(ws_request_answer(t.request, 204, NULL, NULL, 0, NULL, 0));
  ws_request_release(t.request);
  client_send_text(t.client, get);
  assert_ok(ws_worker_take_packed(t.worker, 10000, &t.request, packed, sizeof packed, &size));
  assert_memory_equal(packed, whole, size);
  size_t untouched = 7;
  ws_request* none = NULL;
  assert_status(ws_worker_take_packed(t.worker, 0, &none, packed, sizeof packed, &untouched),
                WS_TIMEOUT);
  assert_int_equal(untouched, 7);
  struct response response = end(&t);
  assert_int_equal(response.status, 204);
  response_free(&response);
}

static void test_binding_layer__answers_in_one_call(void** state) {
  (void)state;
  struct taken t;
  take(&t, get);
  assert_ok(ws_request_answer(t.request, 200, "Fine", FIELDS, sizeof FIELDS, "body", 4));
  assert_status(ws_request_answer(t.request, 200, NULL, NULL, 0, NULL, 0), WS_ESTATE);
  assert_status(ws_request_discard(t.request), WS_ESTATE);
  struct response response = end(&t);
  assert_holds(response.head, "HTTP/1.1 200 Fine\r\n");
  assert_holds(response.head, "X-Two: two\r\n");
  assert_holds(response.head, "Content-Length: 4\r\n");
  assert_string_equal(response.body, "body");
  response_free(&response);
}

static void test_binding_layer__begins_with_all_fields_or_none(void** state) {
  (void)state;
  static const char bad_later[] = "X-One\0one\0X-Bad\0a\nb";
  static const char unfinished[] = {'X', '\0', 'y'};
  struct taken t;
  take(&t, get);
  assert_status(ws_request_begin(t.request, 200, NULL, bad_later, sizeof bad_later), WS_EINVAL);
  assert_holds(ws_last_error(), "the value of X-Bad holds CR, LF");
  assert_status(ws_request_begin(t.request, 200, NULL, unfinished, sizeof unfinished), WS_EINVAL);
  assert_status(ws_request_begin(t.request, 99, NULL, FIELDS, sizeof FIELDS), WS_EINVAL);
  assert_status(ws_request_begin(t.request, 200, "a\nb", FIELDS, sizeof FIELDS), WS_EINVAL);
  assert_status(ws_request_begin(t.request, 200, NULL, NULL, 3), WS_EINVAL);
  assert_status(ws_request_answer(t.request, 200, NULL, NULL, 0, NULL, 3), WS_EINVAL);
  assert_status(ws_request_begin(NULL, 200, NULL, NULL, 0), WS_EINVAL);
  assert_status(ws_request_answer(NULL, 200, NULL, NULL, 0, NULL, 0), WS_EINVAL);
  assert_ok(ws_request_begin(t.request, 200, NULL, FIELDS, sizeof FIELDS));
  assert_status(ws_request_begin(t.request, 201, NULL, NULL, 0), WS_ESTATE);
  assert_ok(ws_request_finish(t.request, "x", 1));
  struct response response = end(&t);
  assert_holds(response.head, "HTTP/1.1 200 OK\r\n");
  assert_holds(response.head, "X-Two: two\r\n");
  assert_null(strstr(response.head, "X-One"));
  assert_string_equal(response.body, "x");
  response_free(&response);
}

static void test_binding_layer__forgets_what_was_begun(void** state) {
  (void)state;
  static const char other[] = "X-Other\0other";
  struct taken t;
  take(&t, get);
  assert_ok(ws_request_discard(t.request));
  assert_ok(ws_request_begin(t.request, 201, "Gone", FIELDS, sizeof FIELDS));
  assert_ok(ws_request_discard(t.request));
  assert_ok(ws_request_begin(t.request, 200, NULL, other, sizeof other));
  assert_ok(ws_request_write(t.request, "first", 5));
  assert_status(ws_request_discard(t.request), WS_ESTATE);
  assert_ok(ws_request_end(t.request));
  assert_status(ws_request_discard(NULL), WS_EINVAL);
  struct response response = end(&t);
  assert_holds(response.head, "HTTP/1.1 200 OK\r\n");
  assert_holds(response.head, "X-Other: other\r\n");
  assert_null(strstr(response.head, "X-Two"));
  response_free(&response);
}

static ws_status check(ws_request* request, int status, const char* fields, size_t size) {
  return ws_request_check_fields(request, status, fields, size);
}

static void test_binding_layer__checks_fields_without_adding_them(void** state) {
  (void)state;
  static const char twice[] = "Content-Length\0001\0Content-Length\0002";
  static const char hop[] = "Keep-Alive\0timeout=5";
  static const char upgrade[] = "Upgrade\0TLS/1.3";
  struct taken t;
  take(&t, get);
  assert_ok(check(t.request, 200, FIELDS, sizeof FIELDS));
  assert_ok(check(t.request, 200, NULL, 0));
  assert_status(check(t.request, 200, NULL, 1), WS_EINVAL);
  assert_status(check(t.request, 200, twice, sizeof twice), WS_EINVAL);
  assert_status(check(t.request, 200, hop, sizeof hop), WS_EINVAL);
  assert_holds(ws_last_error(), "Keep-Alive is a hop-by-hop field");
  assert_status(check(t.request, 200, upgrade, sizeof upgrade), WS_EINVAL);
  assert_ok(check(t.request, 426, upgrade, sizeof upgrade));
  assert_status(check(NULL, 200, FIELDS, sizeof FIELDS), WS_EINVAL);
  assert_ok(ws_request_answer(t.request, 200, NULL, NULL, 0, "x", 1));
  struct response response = end(&t);
  assert_null(strstr(response.head, "X-Two"));
  response_free(&response);
}

static void test_binding_layer__sets_packed_options(void** state) {
  (void)state;
  static const char good[] = "threads\0002\0url-prefix\0/foo";
  static const char bad[] = "threads\0003\0threads\0many\0treads\0004\0ident\0x";
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set_packed(server, good, sizeof good));
  assert_string_equal(ws_server_get(server, "threads"), "2");
  assert_string_equal(ws_server_get(server, "url_prefix"), "/foo");
  assert_status(ws_server_set_packed(server, bad, sizeof bad), WS_EINVAL);
  assert_holds(ws_last_error(), "threads must be 0..1024 or auto, got \"many\"; \"treads\"");
  assert_string_equal(ws_server_get(server, "threads"), "3");
  assert_string_equal(ws_server_get(server, "ident"), "x");
  assert_ok(ws_server_set_packed(server, NULL, 0));
  assert_status(ws_server_set_packed(server, NULL, 1), WS_EINVAL);
  assert_status(ws_server_set_packed(NULL, good, sizeof good), WS_EINVAL);
  ws_server_free(server);
}

static void test_binding_layer__gives_up_without_a_word(void** state) {
  (void)state;
  static const char* const options[] = {"expose_tracebacks", "true", NULL};
  struct fixture f;
  fixture_make(&f, options);
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  const int client = client_connect(f.port);
  client_send_text(client, get);
  ws_request* request = NULL;
  assert_ok(ws_worker_next(worker, 10000, &request));
  assert_ok(ws_request_begin(request, 200, NULL, FIELDS, sizeof FIELDS));
  assert_ok(ws_request_give_up(request, "the traceback"));
  assert_status(ws_request_give_up(request, NULL), WS_ESTATE);
  assert_status(ws_request_give_up(NULL, NULL), WS_EINVAL);
  ws_request_release(request);
  struct response response = client_read(client, 0);
  assert_int_equal(response.status, 500);
  assert_null(strstr(response.head, "X-Two"));
  assert_holds(response.body, "the traceback");
  response_free(&response);
  assert_int_equal(client_sees_end(client), 1);
  client_close(client);
  ws_worker_free(worker);
  assert_true(fixture_worst(&f) < WS_LOG_WARNING);
  fixture_end(&f);
}

static ws_status fail_as_asked(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_fail(request, "as asked");
}

static void ask_and_fail(int port) {
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 500);
  response_free(&response);
}

static void test_binding_layer__keeps_log_lines_until_they_are_taken(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  ws_severity severity = WS_LOG_DEBUG;
  const char* line = NULL;
  size_t size = 0;
  assert_int_equal(ws_server_log_fd(server), -1);
  assert_status(ws_server_take_log(server, &severity, &line, &size), WS_ESTATE);
  assert_status(ws_server_keep_log(server, 0), WS_EINVAL);
  assert_ok(ws_server_keep_log(server, 2));
  assert_status(ws_server_keep_log(server, 2), WS_ESTATE);
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set_app(server, fail_as_asked, NULL));
  assert_ok(ws_server_listen(server));
  assert_ok(ws_server_start(server));
  const int port = ws_server_port(server, 0);
  struct pollfd waited = {.fd = ws_server_log_fd(server), .events = POLLIN};
  assert_status(ws_server_take_log(server, &severity, &line, &size), WS_TIMEOUT);
  assert_int_equal(poll(&waited, 1, 0), 0);
  for (int i = 0; i < 4; ++i) {
    ask_and_fail(port); /* the line is written before the answer is sent */
  }
  assert_int_equal(poll(&waited, 1, 0), 1);
  assert_ok(ws_server_take_log(server, &severity, &line, &size));
  assert_int_equal(severity, WS_LOG_ERROR);
  assert_string_equal(line, "Exception while serving /path: as asked");
  assert_int_equal(size, strlen(line));
  assert_ok(ws_server_take_log(server, &severity, &line, &size));
  assert_status(ws_server_take_log(server, &severity, &line, &size), WS_TIMEOUT);
  ask_and_fail(port);
  assert_ok(ws_server_take_log(server, &severity, &line, &size));
  assert_int_equal(severity, WS_LOG_WARNING);
  assert_string_equal(line, "2 line(s) of this log were lost: nobody took them");
  assert_ok(ws_server_take_log(server, &severity, &line, &size));
  assert_int_equal(poll(&waited, 1, 0), 0);
  assert_status(ws_server_take_log(NULL, &severity, &line, &size), WS_EINVAL);
  assert_status(ws_server_take_log(server, NULL, &line, &size), WS_EINVAL);
  assert_status(ws_server_keep_log(NULL, 2), WS_EINVAL);
  assert_int_equal(ws_server_log_fd(NULL), -1);
  ws_server_stop(server);
  assert_ok(ws_server_join(server));
  ws_server_free(server);
}

/* As a language with one lock serves: its threads use one worker in turn, and one of them polls. */
struct turns {
  ws_worker* worker;
  pthread_mutex_t lock;   /* the language's */
  pthread_mutex_t leader; /* polls */
  int answered;
};

static int serve_one(struct turns* turns, ws_status* taken) {
  ws_request* request = NULL;
  *taken = ws_worker_take(turns->worker, 0, &request, NULL, 0, NULL);
  if (*taken == WS_OK) {
    ++turns->answered;
    pthread_mutex_unlock(&turns->lock); /* so long the others may take */
    assert_ok(ws_request_answer(request, 200, NULL, NULL, 0, "x", 1));
    ws_request_release(request);
    pthread_mutex_lock(&turns->lock);
  }
  return *taken == WS_OK;
}

static void* serve_in_turn(void* data) {
  struct turns* turns = data;
  struct pollfd waited = {.fd = ws_worker_fd(turns->worker), .events = POLLIN};
  ws_status taken = WS_OK;
  pthread_mutex_lock(&turns->lock);
  while (taken != WS_CLOSED) {
    if (serve_one(turns, &taken) || taken == WS_CLOSED) {
      continue;
    }
    pthread_mutex_unlock(&turns->lock);
    pthread_mutex_lock(&turns->leader);
    pthread_mutex_lock(&turns->lock);
    while (taken != WS_CLOSED && !serve_one(turns, &taken) && taken == WS_TIMEOUT) {
      pthread_mutex_unlock(&turns->lock);
      assert_int_equal(poll(&waited, 1, 10000), 1); /* else a request was forgotten */
      pthread_mutex_lock(&turns->lock);
    }
    pthread_mutex_unlock(&turns->leader);
  }
  pthread_mutex_unlock(&turns->lock);
  return NULL;
}

static void ask_often(const int* clients, int count, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < count; ++i) {
      client_send_text(clients[i], get);
    }
    for (int i = 0; i < count; ++i) {
      struct response response = client_read(clients[i], 0);
      assert_string_equal(response.body, "x");
      response_free(&response);
    }
  }
}

static void test_binding_layer__several_threads_take_turns(void** state) {
  (void)state;
  enum { THREADS = 4, CLIENTS = 8, ROUNDS = 200 };
  struct fixture f;
  fixture_make(&f, NULL);
  struct turns turns = {.worker = ws_worker_new(f.server),
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .leader = PTHREAD_MUTEX_INITIALIZER};
  fixture_start_pulled(&f);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; ++i) {
    pthread_create(&threads[i], NULL, serve_in_turn, &turns);
  }
  int clients[CLIENTS];
  for (int i = 0; i < CLIENTS; ++i) {
    clients[i] = client_connect(f.port);
  }
  ask_often(clients, CLIENTS, ROUNDS);
  ask_often(clients, 1, ROUNDS);
  for (int i = 0; i < CLIENTS; ++i) {
    client_close(clients[i]);
  }
  ws_server_stop(f.server);
  for (int i = 0; i < THREADS; ++i) {
    pthread_join(threads[i], NULL);
  }
  assert_int_equal(turns.answered, (CLIENTS + 1) * ROUNDS);
  ws_worker_free(turns.worker);
  fixture_end(&f);
}

static void test_binding_layer__keeps_lines_of_the_access_log(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  const char* line = NULL;
  size_t size = 0;
  assert_int_equal(ws_server_access_fd(server), -1);
  assert_status(ws_server_take_access(server, &line, &size), WS_ESTATE);
  assert_status(ws_server_keep_access(server, 0), WS_EINVAL);
  assert_ok(ws_server_keep_access(server, 10));
  assert_status(ws_server_keep_access(server, 10), WS_ESTATE);
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "access_log_format", "%m %U %>s"));
  assert_ok(ws_server_set(server, "log_level", "none"));
  assert_ok(ws_server_set_app(server, fail_as_asked, NULL));
  assert_ok(ws_server_listen(server));
  assert_status(ws_server_keep_access(server, 10), WS_ESTATE);
  assert_ok(ws_server_start(server));
  struct pollfd waited = {.fd = ws_server_access_fd(server), .events = POLLIN};
  assert_status(ws_server_take_access(server, &line, &size), WS_TIMEOUT);
  ask_and_fail(ws_server_port(server, 0));
  assert_int_equal(poll(&waited, 1, 60000), 1);
  assert_ok(ws_server_take_access(server, &line, &size));
  assert_string_equal(line, "GET /path 500");
  assert_int_equal(size, strlen(line));
  assert_int_equal(poll(&waited, 1, 0), 0);
  assert_status(ws_server_take_access(NULL, &line, &size), WS_EINVAL);
  assert_status(ws_server_take_access(server, NULL, &size), WS_EINVAL);
  assert_status(ws_server_keep_access(NULL, 2), WS_EINVAL);
  assert_int_equal(ws_server_access_fd(NULL), -1);
  ws_server_stop(server);
  assert_ok(ws_server_join(server));
  ws_server_free(server);
}

static void test_binding_layer__offers_slow_requests(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  int64_t thread = 0;
  const void* which = NULL;
  const char* line = NULL;
  size_t size = 0;
  assert_int_equal(ws_server_slow_fd(server), -1);
  assert_status(ws_server_take_slow(server, &thread, &which, &line, &size), WS_ESTATE);
  assert_ok(ws_server_keep_slow(server));
  assert_status(ws_server_keep_slow(server), WS_ESTATE);
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "slow_request", "0.1"));
  assert_ok(ws_server_set(server, "log_level", "none"));
  assert_ok(ws_server_listen(server));
  ws_worker* worker = ws_worker_new(server);
  assert_ok(ws_server_start(server));
  struct pollfd waited = {.fd = ws_server_slow_fd(server), .events = POLLIN};
  const int fd = client_connect(ws_server_port(server, 0));
  client_send_text(fd, get);
  ws_request* request = NULL;
  assert_ok(ws_worker_next(worker, -1, &request));
  assert_int_equal(poll(&waited, 1, 60000), 1);
  assert_ok(ws_server_take_slow(server, &thread, &which, &line, &size));
  assert_int_equal(thread, gettid());
  assert_ptr_equal(which, request);
  assert_holds(line, "GET /path has been running for ");
  assert_int_equal(size, strlen(line));
  assert_status(ws_server_take_slow(server, NULL, &which, &line, &size), WS_EINVAL);
  assert_status(ws_server_take_slow(NULL, &thread, &which, &line, &size), WS_EINVAL);
  assert_status(ws_server_keep_slow(NULL), WS_EINVAL);
  assert_int_equal(ws_server_slow_fd(NULL), -1);
  ws_request_release(request);
  ws_server_stop(server);
  assert_ok(ws_server_join(server));
  ws_worker_free(worker);
  client_close(fd);
  ws_server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_binding_layer__takes_a_request_with_its_pairs),
      cmocka_unit_test(test_binding_layer__takes_a_request_with_its_environ_packed),
      cmocka_unit_test(test_binding_layer__answers_in_one_call),
      cmocka_unit_test(test_binding_layer__begins_with_all_fields_or_none),
      cmocka_unit_test(test_binding_layer__forgets_what_was_begun),
      cmocka_unit_test(test_binding_layer__checks_fields_without_adding_them),
      cmocka_unit_test(test_binding_layer__gives_up_without_a_word),
      cmocka_unit_test(test_binding_layer__sets_packed_options),
      cmocka_unit_test(test_binding_layer__keeps_lines_of_the_access_log),
      cmocka_unit_test(test_binding_layer__offers_slow_requests),
      cmocka_unit_test(test_binding_layer__keeps_log_lines_until_they_are_taken),
      cmocka_unit_test(test_binding_layer__several_threads_take_turns),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/binding_layer", tests, NULL, NULL);
}
