/* <wserve/observe.h>: each request is told of once, when it has ended. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"

static const char get[] = "GET /path?q=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: test\r\n\r\n";

enum { MOST = 256 };

struct told {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int count;
  struct {
    int status;
    ws_cause cause;
    char target[64];
    char agent[64];
    uint64_t in, out, body;
    int64_t times[WS_AT_END + 1];
  } all[MOST];
};

static void copy(char to[64], const char* text) {
  snprintf(to, 64, "%s", text != NULL ? text : "(none)");
}

static void note(const ws_done* done, void* data) {
  struct told* told = data;
  pthread_mutex_lock(&told->mutex);
  const int i = told->count++ % MOST;
  told->all[i].status = ws_done_status(done);
  told->all[i].cause = ws_done_cause(done);
  told->all[i].in = ws_done_bytes_in(done);
  told->all[i].out = ws_done_bytes_out(done);
  told->all[i].body = ws_done_body_bytes_out(done);
  copy(told->all[i].target, ws_done_get(done, "REQUEST_URI"));
  copy(told->all[i].agent, ws_done_get(done, "HTTP_USER_AGENT"));
  for (int moment = 0; moment <= WS_AT_END; ++moment) {
    told->all[i].times[moment] = ws_done_time(done, (ws_moment)moment);
  }
  pthread_cond_broadcast(&told->changed);
  pthread_mutex_unlock(&told->mutex);
}

static void told_wait(struct told* told, int count) {
  pthread_mutex_lock(&told->mutex);
  while (told->count < count) {
    pthread_cond_wait(&told->changed, &told->mutex);
  }
  pthread_mutex_unlock(&told->mutex);
}

struct observed {
  struct fixture f;
  struct told told;
};

static void observed_make(struct observed* o, const char* const* options) {
  memset(&o->told, 0, sizeof o->told);
  pthread_mutex_init(&o->told.mutex, NULL);
  pthread_cond_init(&o->told.changed, NULL);
  fixture_make(&o->f, options);
  assert_ok(ws_server_on_done(o->f.server, note, &o->told));
}

/* Behind the end no more are told of. */
static void observed_end(struct observed* o, int count) {
  fixture_end(&o->f);
  assert_int_equal(o->told.count, count);
}

static ws_status say_path(ws_request* request, void* data) {
  (void)data;
  assert_ok(ws_request_set(request, "REMOTE_USER", "somebody"));
  const char* path = ws_request_get(request, "PATH_INFO");
  return ws_request_reply(request, 200, "text/plain", path, strlen(path));
}

static ws_status fail_it(ws_request* request, void* data) {
  (void)data;
  return ws_request_fail(request, "broken");
}

static ws_status count_body(ws_request* request, void* data) {
  (void)data;
  char buffer[100];
  while (ws_request_read(request, buffer, sizeof buffer) > 0) {
  }
  return ws_request_reply(request, 200, "text/plain", "read", 4);
}

static void ask_pipelined(int port, int count) {
  char request[64];
  const int fd = client_connect(port);
  for (int i = 0; i < count; ++i) {
    snprintf(request, sizeof request, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
    client_send_text(fd, request);
  }
  for (int i = 0; i < count; ++i) {
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
  }
  client_close(fd);
}

static void expect_in_order(const struct told* told, int count) {
  char target[64];
  for (int i = 0; i < count; ++i) {
    snprintf(target, sizeof target, "/%d", i);
    assert_string_equal(told->all[i].target, target);
    assert_int_equal(told->all[i].cause, WS_CAUSE_ANSWERED);
  }
}

static void test_observe__tells_what_a_request_was(void** state) {
  (void)state;
  struct observed o;
  observed_make(&o, NULL);
  fixture_start(&o.f, say_path, NULL);
  char* answer = client_ask_raw(o.f.port,
                                "GET /path?q=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: test\r\n"
                                "Connection: close\r\n\r\n");
  told_wait(&o.told, 1);
  assert_int_equal(o.told.all[0].status, 200);
  assert_int_equal(o.told.all[0].cause, WS_CAUSE_ANSWERED);
  assert_string_equal(o.told.all[0].target, "/path?q=1");
  assert_string_equal(o.told.all[0].agent, "test");
  assert_int_equal(o.told.all[0].in, strlen(get) + strlen("Connection: close\r\n"));
  assert_int_equal(o.told.all[0].out, strlen(answer));
  assert_int_equal(o.told.all[0].body, strlen("/path"));
  free(answer);
  for (int moment = WS_AT_BEGIN; moment <= WS_AT_END; ++moment) {
    assert_true(o.told.all[0].times[moment] >= o.told.all[0].times[moment - 1]);
  }
  assert_true(o.told.all[0].times[0] > INT64_C(1500000000000000));
  observed_end(&o, 1);
}

static void test_observe__tells_of_pipelined_requests_one_by_one(void** state) {
  (void)state;
  static const char* const inline_[] = {"threads", "0", NULL};
  static const char* const loops[] = {"loops", "2", NULL};
  const char* const* const ways[] = {NULL, inline_, loops};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
    struct observed o;
    observed_make(&o, ways[i]);
    fixture_start(&o.f, say_path, NULL);
    ask_pipelined(o.f.port, 100);
    told_wait(&o.told, 100);
    expect_in_order(&o.told, 100);
    observed_end(&o, 100);
  }
}

static void test_observe__tells_of_requests_that_are_pulled(void** state) {
  (void)state;
  struct observed o;
  observed_make(&o, NULL);
  pthread_t thread;
  struct puller puller = {o.f.server, say_path, NULL};
  pthread_create(&thread, NULL, fixture_pull, &puller);
  fixture_start_pulled(&o.f);
  ask_pipelined(o.f.port, 50);
  told_wait(&o.told, 50);
  expect_in_order(&o.told, 50);
  ws_server_stop(o.f.server);
  pthread_join(thread, NULL);
  observed_end(&o, 50);
}

static void test_observe__tells_of_what_no_application_saw(void** state) {
  (void)state;
  static const char* const options[] = {"max_request_body_size",
                                        "10",
                                        "max_request_header_size",
                                        "1000",
                                        "queue_limit",
                                        "1",
                                        "threads",
                                        "1",
                                        NULL};
  struct observed o;
  struct gate gate;
  gate_make(&gate);
  observed_make(&o, options);
  fixture_start(&o.f, gate_pass, &gate);
  static const struct {
    const char* request;
    int status;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"\x16\x03\x01\x02 hello\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413},
  };
  int count = 0;
  for (; count < 4; ++count) {
    struct response response = client_ask(o.f.port, cases[count].request);
    assert_int_equal(response.status, cases[count].status);
    response_free(&response);
    told_wait(&o.told, count + 1);
    assert_int_equal(o.told.all[count].status, cases[count].status);
    assert_int_equal(o.told.all[count].cause, WS_CAUSE_REFUSED);
    assert_int_equal(o.told.all[count].times[WS_AT_TAKE], -1);
  }
  const int inside = client_connect(o.f.port);
  client_send_text(inside, get);
  gate_wait_for(&gate, 1);
  const int waiting = client_connect(o.f.port);
  client_send_text(waiting, get);
  fixture_wait_for_stat(&o.f, "waiting", 1);
  struct response busy = client_ask(o.f.port, get);
  assert_int_equal(busy.status, 503);
  response_free(&busy);
  told_wait(&o.told, 5);
  assert_int_equal(o.told.all[4].cause, WS_CAUSE_QUEUE_FULL);
  assert_string_equal(o.told.all[4].target, "/path?q=1");
  gate_open(&gate);
  told_wait(&o.told, 7);
  client_close(inside);
  client_close(waiting);
  observed_end(&o, 7);
}

static void test_observe__tells_of_clients_that_leave_and_applications_that_fail(void** state) {
  (void)state;
  struct observed o;
  observed_make(&o, NULL);
  fixture_start(&o.f, fail_it, NULL);
  const int fd = client_connect(o.f.port);
  client_send_text(fd, "POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12");
  client_close(fd);
  told_wait(&o.told, 1);
  assert_int_equal(o.told.all[0].cause, WS_CAUSE_CLIENT_GONE);
  assert_int_equal(o.told.all[0].status, 0);
  assert_int_equal(o.told.all[0].times[WS_AT_WHOLE], -1);
  struct response failed = client_ask(o.f.port, get);
  assert_int_equal(failed.status, 500);
  response_free(&failed);
  told_wait(&o.told, 2);
  assert_int_equal(o.told.all[1].cause, WS_CAUSE_FAILED);
  assert_int_equal(o.told.all[1].status, 500);
  observed_end(&o, 2);
}

static void test_observe__tells_of_a_body_that_is_streamed(void** state) {
  (void)state;
  static const char* const options[] = {"body_streaming", "yes", NULL};
  static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n";
  struct observed o;
  observed_make(&o, options);
  fixture_start(&o.f, count_body, NULL);
  const int fd = client_connect(o.f.port);
  char body[1000];
  memset(body, 'b', sizeof body);
  client_send_text(fd, head);
  for (int i = 0; i < 3; ++i) {
    client_send(fd, body, sizeof body);
  }
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "read");
  response_free(&response);
  told_wait(&o.told, 1);
  assert_int_equal(o.told.all[0].in, strlen(head) + 3000);
  assert_true(o.told.all[0].times[WS_AT_WHOLE] >= o.told.all[0].times[WS_AT_HEAD]);
  client_close(fd);
  observed_end(&o, 1);
}

static void test_observe__the_access_log_goes_to_a_descriptor(void** state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  char target[16];
  snprintf(target, sizeof target, "fd:%d", ends[1]);
  const char* const options[] = {"access_log", target, "access_log_format", "%m %U %>s %u", NULL};
  struct observed o;
  observed_make(&o, options);
  fixture_start(&o.f, say_path, NULL);
  struct response response = client_ask(o.f.port, get);
  response_free(&response);
  told_wait(&o.told, 1);
  ws_server_reopen_logs(o.f.server); /* there is no file */
  ws_server_reopen_logs(NULL);
  response = client_ask(o.f.port, "GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
  response_free(&response);
  observed_end(&o, 2);
  static const char expected[] = "GET /path 200 somebody\nGET /second 200 somebody\n";
  char got[sizeof expected] = "";
  assert_int_equal(read(ends[0], got, sizeof got), sizeof expected - 1);
  assert_string_equal(got, expected);
  close(ends[0]);
  close(ends[1]);
}

static ws_status go_elsewhere(ws_request* request, void* data) {
  (void)data;
  assert_int_equal(chdir("/"), 0);
  return ws_request_reply(request, 200, NULL, "", 0);
}

/* A relative path means the folder in which the server was started. */
static void test_observe__the_access_log_stays_in_its_folder(void** state) {
  (void)state;
  char folder[] = "/tmp/wserve-test-XXXXXX";
  char here[4096];
  assert_non_null(mkdtemp(folder));
  assert_non_null(getcwd(here, sizeof here));
  assert_int_equal(chdir(folder), 0);
  struct fixture f;
  fixture_make(&f, (const char*[]){"access_log", "access.log", NULL});
  fixture_start(&f, go_elsewhere, NULL);
  char path[64];
  snprintf(path, sizeof path, "%s/access.log", folder);
  assert_int_equal(unlink(path), 0);
  struct response response = client_ask(f.port, get);
  response_free(&response);
  fixture_end(&f);
  assert_int_equal(unlink(path), 0); /* made anew */
  assert_int_equal(rmdir(folder), 0);
  assert_int_equal(chdir(here), 0);
}

static void test_observe__answers_for_what_there_is_not(void** state) {
  (void)state;
  struct observed o;
  observed_make(&o, NULL);
  assert_status(ws_server_on_done(NULL, note, NULL), WS_EINVAL);
  fixture_start(&o.f, say_path, NULL);
  assert_status(ws_server_on_done(o.f.server, NULL, NULL), WS_ESTATE);
  observed_end(&o, 0);
  assert_int_equal(ws_done_status(NULL), 0);
  assert_int_equal(ws_done_cause(NULL), WS_CAUSE_ANSWERED);
  assert_int_equal(ws_done_time(NULL, WS_AT_END), -1);
  assert_int_equal(ws_done_bytes_in(NULL), 0);
  assert_int_equal(ws_done_bytes_out(NULL), 0);
  assert_int_equal(ws_done_body_bytes_out(NULL), 0);
  assert_null(ws_done_get(NULL, "REMOTE_ADDR"));
  assert_string_equal(ws_cause_name(WS_CAUSE_ANSWERED), "answered");
  assert_string_equal(ws_cause_name(WS_CAUSE_DETACHED), "detached");
  assert_string_equal(ws_cause_name((ws_cause)(WS_CAUSE_DETACHED + 1)), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_observe__tells_what_a_request_was),
      cmocka_unit_test(test_observe__tells_of_pipelined_requests_one_by_one),
      cmocka_unit_test(test_observe__tells_of_requests_that_are_pulled),
      cmocka_unit_test(test_observe__tells_of_what_no_application_saw),
      cmocka_unit_test(test_observe__tells_of_clients_that_leave_and_applications_that_fail),
      cmocka_unit_test(test_observe__tells_of_a_body_that_is_streamed),
      cmocka_unit_test(test_observe__the_access_log_goes_to_a_descriptor),
      cmocka_unit_test(test_observe__the_access_log_stays_in_its_folder),
      cmocka_unit_test(test_observe__answers_for_what_there_is_not),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/observe", tests, NULL, NULL);
}
