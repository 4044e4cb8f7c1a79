/* Bodies that are streamed: read while they come, and what their ends are. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"
#include "streams.h"

/* -- What an application reads -- */

static void test_stream__answers_while_the_body_comes(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, streamed);
  fixture_start(&f, echo, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  send_chunk(fd, "one");
  char* head = read_head(fd);
  assert_holds(head, "HTTP/1.1 200 OK");
  free(head);
  expect_bytes(fd, "3\r\none\r\n");
  send_chunk(fd, "four");
  expect_bytes(fd, "4\r\nfour\r\n");
  client_send_text(fd, "0\r\n\r\n");
  expect_bytes(fd, "0\r\n\r\n");
  /* The connection goes on. */
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  struct response again = client_read(fd, 0);
  assert_string_equal(again.body, "hi");
  response_free(&again);
  client_close(fd);
  fixture_end(&f);
}

/* Posts the semaphore, if there is one, when it has asked what there is before the body is read. */
static ws_status describe(ws_request* request, void* early_asked) {
  char text[256];
  char buffer[16];
  const char* name = "-";
  const char* value = "-";
  const char* length = ws_request_get(request, "CONTENT_LENGTH");
  const int64_t size = ws_request_body_size(request);
  const ws_status early = ws_request_trailer_at(request, 0, &name, &value);
  const ws_status rewound = ws_request_rewind(request);
  if (early_asked != NULL) {
    sem_post(early_asked);
  }
  while (ws_request_read(request, buffer, sizeof buffer) > 0) {
  }
  const ws_status last = ws_request_trailer_at(request, 0, &name, &value);
  const ws_status none = ws_request_trailer_at(request, 1, &name, &value);
  snprintf(text, sizeof text, "%s %d %d %d %d %d %s=%s", length != NULL ? length : "none",
           (int)size, early, rewound, last, none, name, value);
  return say(request, text);
}

static const char with_trailer[] =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    "3\r\nabc\r\n0\r\nX-Sum:  7 \r\n\r\n";

static void test_stream__of_unknown_length_and_its_trailers(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, streamed);
  sem_t early_asked;
  sem_init(&early_asked, 0, 0);
  fixture_start(&f, describe, &early_asked);
  const int fd = client_connect(f.port);
  const size_t half = strlen(with_trailer) - 20;
  client_send(fd, with_trailer, half);
  assert_int_equal(sem_wait(&early_asked), 0);
  client_send_text(fd, with_trailer + half);
  struct response answer = client_read(fd, 0);
  assert_string_equal(answer.body, "none -1 -3 -3 0 -4 X-Sum=7");
  response_free(&answer);
  client_close(fd);
  fixture_end(&f);
}

static void test_stream__trailers_of_a_whole_body(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, describe, NULL);
  struct response answer = client_ask(f.port, with_trailer);
  assert_string_equal(answer.body, "3 3 0 0 0 -4 X-Sum=7");
  response_free(&answer);
  fixture_end(&f);
}

static ws_status refuse_at_head(ws_request* request, void* data) {
  (void)data;
  const int is_refused = strcmp(ws_request_get(request, "PATH_INFO"), "/refused") == 0;
  return is_refused ? say(request, "no") : WS_OK;
}

/* The rest of a body that nobody wanted was awaited before: it is another one's. Likewise for a
 * body that waits until its application has asked for it. */
static void test_stream__is_not_too_slow_because_of_the_one_before(void** state) {
  (void)state;
  static const char* const whole[] = {"body_streaming", "no", NULL};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, i == 0 ? streamed : whole);
    assert_ok(ws_server_on_head(f.server, refuse_at_head, NULL));
    fixture_start(&f, echo, NULL);
    const int fd = client_connect(f.port);
    assert_int_equal(
        status_of(fd, "POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"), 200);
    client_send_text(fd, "loPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n");
    client_send_text(fd, i == 0 ? "\r\nhel" : "Expect: 100-continue\r\n\r\nhel");
    client_send_text(fd, "lo");
    struct response answer = client_read(fd, 0);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "hello");
    response_free(&answer);
    client_close(fd);
    fixture_end(&f);
  }
}

/* -- Its ends -- */

static ws_status read_all(ws_request* request, void* outcome) {
  char buffer[4096];
  int64_t got = 0;
  while ((got = ws_request_read(request, buffer, sizeof buffer)) > 0) {
  }
  atomic_store((atomic_int*)outcome, got == 0 ? 1 : (int)got);
  return got == 0 ? say(request, "read") : (ws_status)got;
}

static ws_status read_noticed(ws_request* request, void* data) {
  struct reading* reading = data;
  atomic_store(&reading->is_reading, 1);
  return read_all(request, &reading->outcome);
}

static void test_stream__client_that_leaves(void** state) {
  (void)state;
  struct fixture f;
  struct reading reading = {0, 0};
  fixture_make(&f, streamed);
  fixture_start(&f, read_noticed, &reading);
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  wait_for(&reading.is_reading, 1); /* who has left before is not answered at all */
  client_close(fd);
  wait_for(&reading.outcome, WS_EDISCONNECTED);
  fixture_end(&f);
}

static void test_stream__what_is_no_body(void** state) {
  (void)state;
  struct fixture f;
  struct reading reading = {0, 0};
  fixture_make(&f, streamed);
  fixture_start(&f, read_noticed, &reading);
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  wait_for(&reading.is_reading, 1); /* what breaks before is not shown to it at all */
  client_send_text(fd, "x\r\n");
  struct response answer = client_read(fd, 0);
  assert_int_equal(answer.status, 400);
  response_free(&answer);
  wait_for(&reading.outcome, WS_EDISCONNECTED);
  assert_true(client_sees_orderly_end(fd));
  client_close(fd);
  fixture_end(&f);
}

/* Twice if need be: on a busy machine the time may be up before the application has begun. */
static void expect_time_up(const char* const* options, int status) {
  struct fixture f;
  struct reading reading = {0, 0};
  fixture_make(&f, options);
  fixture_start(&f, read_noticed, &reading);
  do {
    const int fd = client_connect(f.port);
    client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\nhalf");
    struct response answer = client_read(fd, 0);
    assert_int_equal(answer.status, status);
    response_free(&answer);
    client_close(fd);
  } while (atomic_load(&reading.is_reading) == 0);
  wait_for(&reading.outcome, WS_EDISCONNECTED);
  fixture_end(&f);
}

static void test_stream__client_that_is_too_slow(void** state) {
  (void)state;
  expect_time_up((const char*[]){"body_streaming", "yes", "body_timeout", "1", NULL}, 408);
}

static void test_stream__answer_that_waits_too_long_for_a_body(void** state) {
  (void)state;
  expect_time_up((const char*[]){"body_streaming", "yes", "request_timeout", "0.3", NULL}, 503);
}

static ws_status refuse(ws_request* request, void* data) {
  (void)data;
  return ws_request_reply(request, 403, "text/plain", "no", 2);
}

/* A small rest is read away, a large one costs the connection, not the answer. */
static void test_stream__body_that_nobody_reads(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, streamed);
  fixture_start(&f, refuse, NULL);
  const int fd = client_connect(f.port);
  for (int i = 0; i < 3; ++i) {
    client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf");
    struct response answer = client_read(fd, 0);
    assert_int_equal(answer.status, 403);
    response_free(&answer);
    client_send_text(fd, "rest");
  }
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n");
  struct response answer = client_read(fd, 0);
  assert_int_equal(answer.status, 403);
  response_free(&answer);
  char* piece = calloc(1, 65536);
  for (int i = 0; i < 20 && client_send(fd, piece, 65536); ++i) {
  }
  free(piece);
  client_close(fd);
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_end(&f);
}

static void* read_to_failure(void* request) {
  char buffer[16];
  int64_t got = 0;
  while ((got = ws_request_read(request, buffer, sizeof buffer)) > 0) {
  }
  return (void*)(intptr_t)got;
}

/* One thread reads, another one ends the answer. */
static ws_status answer_beside_a_reader(ws_request* request, void* outcome) {
  pthread_t reader;
  pthread_create(&reader, NULL, read_to_failure, request);
  const ws_status status = say(request, "enough");
  void* got = NULL;
  pthread_join(reader, &got);
  atomic_store((atomic_int*)outcome, (int)(intptr_t)got);
  return status;
}

static void test_stream__reader_that_is_left_behind(void** state) {
  (void)state;
  struct fixture f;
  atomic_int outcome = 0;
  fixture_make(&f, streamed);
  fixture_start(&f, answer_beside_a_reader, &outcome);
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  struct response answer = client_read(fd, 0);
  assert_string_equal(answer.body, "enough");
  response_free(&answer);
  wait_for(&outcome, WS_EDISCONNECTED);
  client_close(fd);
  fixture_end(&f);
}

/* -- Given away -- */

static ws_status detach_behind_the_body(ws_request* request, void* refused) {
  char body[8] = "";
  int fd;
  const char* left;
  size_t left_size;
  size_t size = 0;
  int64_t got = ws_request_read(request, body, 1);
  assert_int_equal(got, 1);
  assert_status(ws_request_detach(request, &fd, &left, &left_size), WS_ESTATE);
  sem_post(refused);
  for (; got > 0; got = ws_request_read(request, body + size, sizeof body - size)) {
    size += (size_t)got;
  }
  assert_int_equal(got, 0);
  assert_ok(ws_request_detach(request, &fd, &left, &left_size));
  assert_int_equal(write(fd, body, size), size);
  assert_int_equal(write(fd, left, left_size), left_size);
  close(fd);
  return WS_OK;
}

static void test_stream__gives_the_connection_away_with_what_is_behind_it(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, streamed);
  sem_t refused;
  sem_init(&refused, 0, 0);
  fixture_start(&f, detach_behind_the_body, &refused);
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nb");
  assert_int_equal(sem_wait(&refused), 0);
  client_send_text(fd, "ody and more");
  expect_bytes(fd, "body and more");
  assert_true(client_sees_end(fd));
  client_close(fd);
  fixture_end(&f);
}

/* -- The window -- */

static ws_status read_when_told(ws_request* request, void* gate) {
  gate_hold(gate);
  char buffer[65536];
  long long all = 0;
  int64_t got = 0;
  while ((got = ws_request_read(request, buffer, sizeof buffer)) > 0) {
    all += got;
  }
  char text[32];
  snprintf(text, sizeof text, "%lld", all);
  return say(request, text);
}

struct sender {
  int fd;
  size_t size;
  atomic_size_t sent;
};

static void* send_body(void* data) {
  struct sender* sender = data;
  char* piece = calloc(1, 65536);
  while (atomic_load(&sender->sent) < sender->size && client_send(sender->fd, piece, 65536)) {
    atomic_fetch_add(&sender->sent, 65536);
  }
  free(piece);
  return NULL;
}

static void test_stream__holds_the_client_back(void** state) {
  (void)state;
  struct fixture f;
  struct gate gate;
  gate_make(&gate);
  fixture_make(&f, streamed);
  fixture_start(&f, read_when_told, &gate);
  struct sender sender = {client_connect(f.port), 64 << 20, 0};
  client_send_text(sender.fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n");
  pthread_t thread;
  pthread_create(&thread, NULL, send_body, &sender);
  gate_wait_for(&gate, 1);
  size_t before = 0;
  do { /* until the socket takes no more */
    before = atomic_load(&sender.sent);
    poll(NULL, 0, 200);
  } while (atomic_load(&sender.sent) != before);
  assert_true(before < 32 << 20);
  gate_open(&gate);
  pthread_join(thread, NULL);
  struct response answer = client_read(sender.fd, 0);
  assert_string_equal(answer.body, "67108864");
  response_free(&answer);
  client_close(sender.fd);
  fixture_end(&f);
}

/* -- Inline -- */

static ws_status read_inline(ws_request* request, void* data) {
  (void)data;
  char buffer[16];
  size_t got = 0;
  const int64_t waits = ws_request_read(request, buffer, sizeof buffer);
  const ws_status some = ws_request_read_some(request, buffer, sizeof buffer, -1, &got);
  char text[64];
  snprintf(text, sizeof text, "%d %d", (int)waits, some);
  return say(request, text);
}

static void test_stream__inline_never_waits(void** state) {
  (void)state;
  struct fixture f;
  const char* const options[] = {"body_streaming", "yes", "threads", "0", NULL};
  fixture_make(&f, options);
  fixture_start(&f, read_inline, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  struct response answer = client_read(fd, 0);
  assert_string_equal(answer.body, "-3 1");
  response_free(&answer);
  client_send_text(fd, "body");
  assert_int_equal(status_of(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  client_close(fd);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stream__answers_while_the_body_comes),
      cmocka_unit_test(test_stream__of_unknown_length_and_its_trailers),
      cmocka_unit_test(test_stream__trailers_of_a_whole_body),
      cmocka_unit_test(test_stream__is_not_too_slow_because_of_the_one_before),
      cmocka_unit_test(test_stream__client_that_leaves),
      cmocka_unit_test(test_stream__what_is_no_body),
      cmocka_unit_test(test_stream__client_that_is_too_slow),
      cmocka_unit_test(test_stream__answer_that_waits_too_long_for_a_body),
      cmocka_unit_test(test_stream__body_that_nobody_reads),
      cmocka_unit_test(test_stream__reader_that_is_left_behind),
      cmocka_unit_test(test_stream__gives_the_connection_away_with_what_is_behind_it),
      cmocka_unit_test(test_stream__holds_the_client_back),
      cmocka_unit_test(test_stream__inline_never_waits),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/stream", tests, NULL, NULL);
}
