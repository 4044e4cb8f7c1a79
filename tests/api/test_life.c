/* How long a request lives: deferring, releasing, detaching, and clients that leave. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

/* One place to hand a request from the application to the test. */
struct box {
  pthread_mutex_t mutex;
  pthread_cond_t filled;
  ws_request* request;
};
static const struct box empty_box = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};

static ws_status keep(ws_request* request, void* app_data) {
  struct box* box = app_data;
  assert_ok(ws_request_defer(request));
  pthread_mutex_lock(&box->mutex);
  box->request = request;
  pthread_cond_broadcast(&box->filled);
  pthread_mutex_unlock(&box->mutex);
  return WS_OK;
}

static ws_request* take(struct box* box) {
  pthread_mutex_lock(&box->mutex);
  while (box->request == NULL) {
    pthread_cond_wait(&box->filled, &box->mutex);
  }
  ws_request* taken = box->request;
  box->request = NULL;
  pthread_mutex_unlock(&box->mutex);
  return taken;
}

static void test_life__deferred_answers_come_from_any_thread(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "2"};
  for (int i = 0; i < 2; ++i) {
    struct box box = empty_box;
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    fixture_start(&f, keep, &box);
    const int fd = client_connect(f.port);
    for (int j = 0; j < 3; ++j) {
      client_send_text(fd, get);
      ws_request* request = take(&box);
      assert_string_equal(ws_request_get(request, "PATH_INFO"), "/path");
      assert_ok(ws_request_start(request, 200, NULL));
      assert_ok(ws_request_write(request, "la", 2));
      assert_ok(ws_request_write(request, "ter", 3));
      assert_ok(ws_request_end(request));
      ws_request_release(request);
      struct response response = client_read(fd, 0);
      assert_string_equal(response.body, "later");
      response_free(&response);
    }
    client_close(fd);
    fixture_end(&f);
  }
}

static void test_life__pipelined_requests_wait_for_a_deferred_answer(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  ws_request* first = take(&box);
  assert_string_equal(ws_request_get(first, "PATH_INFO"), "/1");
  assert_null(box.request);
  assert_ok(ws_request_reply(first, 200, NULL, "1", 1));
  ws_request* second = take(&box);
  assert_string_equal(ws_request_get(second, "PATH_INFO"), "/2");
  assert_ok(ws_request_reply(second, 200, NULL, "2", 1));
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "1");
  response_free(&response);
  response = client_read(fd, 0);
  assert_string_equal(response.body, "2");
  response_free(&response);
  ws_request_release(first);
  ws_request_release(second);
  client_close(fd);
  fixture_end(&f);
}

static void test_life__the_last_release_answers_500(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = take(&box);
  assert_ok(ws_request_defer(request));
  ws_request_release(request);
  ws_request_release(request);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 500);
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static void test_life__everything_is_refused_after_the_end(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = take(&box);
  assert_ok(ws_request_reply(request, 200, NULL, "x", 1));
  assert_status(ws_request_reply(request, 200, NULL, "x", 1), WS_ESTATE);
  assert_status(ws_request_start(request, 200, NULL), WS_ESTATE);
  assert_status(ws_request_write(request, "x", 1), WS_ESTATE);
  assert_status(ws_request_flush(request), WS_ESTATE);
  assert_status(ws_request_end(request), WS_ESTATE);
  assert_status(ws_request_interim(request, 103), WS_ESTATE);
  assert_status(ws_request_add_header(request, "A", "b"), WS_ESTATE);
  assert_status(ws_request_add_trailer(request, "A", "b"), WS_ESTATE);
  assert_status(ws_request_send_file(request, 0, 0, 1), WS_ESTATE);
  int other;
  const char* left;
  size_t size;
  assert_status(ws_request_detach(request, &other, &left, &size), WS_ESTATE);
  assert_string_equal(ws_request_get(request, "PATH_INFO"), "/path");
  ws_request_release(request);
  client_close(fd);
  fixture_end(&f);
}

static void wait_until_gone(ws_request* request, int reason) {
  const struct timespec pause = {.tv_nsec = 1000000};
  for (int i = 0; i < 10000 && ws_request_gone(request) != reason; ++i) {
    nanosleep(&pause, NULL);
  }
  assert_int_equal(ws_request_gone(request), reason);
}

static void test_life__a_reset_is_noticed(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = take(&box);
  assert_int_equal(ws_request_gone(request), WS_GONE_NO);
  const struct linger at_once = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  client_close(fd);
  wait_until_gone(request, WS_GONE_DISCONNECTED);
  assert_status(ws_request_reply(request, 200, NULL, "x", 1), WS_EDISCONNECTED);
  ws_request_release(request);
  fixture_end(&f);
}

static void test_life__a_half_closed_client_gets_its_answer(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  shutdown(fd, SHUT_WR);
  ws_request* request = take(&box);
  wait_until_gone(request, WS_GONE_HALF_CLOSED);
  assert_ok(ws_request_reply(request, 200, NULL, "x", 1));
  ws_request_release(request);
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "x");
  response_free(&response);
  assert_true(client_sees_end(fd));
  client_close(fd);
  fixture_end(&f);
}

static void test_life__draining_is_told(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = take(&box);
  ws_server_stop(f.server);
  wait_until_gone(request, WS_GONE_DRAINING);
  assert_ok(ws_request_reply(request, 200, NULL, "x", 1));
  ws_request_release(request);
  client_close(fd);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static void test_life__a_request_outlives_its_server(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = take(&box);
  ws_server_drain(f.server, 0);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
  assert_string_equal(ws_request_get(request, "PATH_INFO"), "/path");
  assert_int_equal(ws_request_gone(request), WS_GONE_DISCONNECTED);
  assert_status(ws_request_reply(request, 200, NULL, "x", 1), WS_EDISCONNECTED);
  ws_request_release(request);
  client_close(fd);
}

enum { PIECES = 1000, PIECE_SIZE = 20000 };

static void* read_answer(void* fd) {
  struct response response = client_read(*(int*)fd, 0);
  const intptr_t good = response.is_complete && response.body_size == (size_t)PIECES * PIECE_SIZE;
  response_free(&response);
  return (void*)good;
}

static void test_life__slow_readers_make_the_writer_wait(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(
      &f, (const char*[]){"outbuf_high_watermark", "100000", "outbuf_overflow", "50000", NULL});
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = take(&box);
  assert_ok(ws_request_start(request, 200, NULL));
  pthread_t reader;
  pthread_create(&reader, NULL, read_answer, (void*)&fd);
  char* piece = calloc(1, PIECE_SIZE);
  for (int i = 0; i < PIECES; ++i) {
    assert_ok(ws_request_write(request, piece, PIECE_SIZE));
  }
  assert_ok(ws_request_end(request));
  ws_request_release(request);
  void* good = NULL;
  pthread_join(reader, &good);
  assert_non_null(good);
  free(piece);
  client_close(fd);
  fixture_end(&f);
}

static void* close_later(void* fd) {
  usleep(200000);
  client_close(*(int*)fd);
  return NULL;
}

static void test_life__a_waiting_writer_learns_that_the_client_left(void** state) {
  (void)state;
  struct box box = empty_box;
  struct fixture f;
  fixture_make(&f, (const char*[]){"outbuf_high_watermark", "1000", NULL});
  fixture_start(&f, keep, &box);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_request* request = take(&box);
  assert_ok(ws_request_start(request, 200, NULL));
  pthread_t closer;
  pthread_create(&closer, NULL, close_later, (void*)&fd);
  char piece[65536] = {0};
  ws_status status = WS_OK;
  for (int i = 0; i < 100000 && status == WS_OK; ++i) {
    status = ws_request_write(request, piece, sizeof piece);
  }
  assert_status(status, WS_EDISCONNECTED);
  ws_request_release(request);
  pthread_join(closer, NULL);
  fixture_end(&f);
}

static ws_status upgrade(ws_request* request, void* app_data) {
  int fd;
  const char* left;
  size_t left_size;
  assert_status(ws_request_detach(request, NULL, &left, &left_size), WS_EINVAL);
  assert_ok(ws_request_detach(request, &fd, &left, &left_size));
  static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
  assert_int_equal(write(fd, answer, sizeof answer - 1), sizeof answer - 1);
  assert_int_equal(write(fd, left, left_size), left_size);
  __atomic_store_n((int*)app_data, fd, __ATOMIC_RELEASE); /* the test's from here on */
  return WS_OK;
}

static ws_status note_what_is_left(ws_request* request, void* app_data) {
  char body[256];
  assert_int_equal(ws_request_read(request, body, sizeof body), 100);
  int fd;
  const char* left;
  size_t left_size;
  assert_ok(ws_request_detach(request, &fd, &left, &left_size));
  __atomic_store_n((int*)app_data, (int)left_size, __ATOMIC_RELEASE);
  close(fd);
  return WS_OK;
}

/* A long body is read in large pieces, but not what is behind it. */
static void test_life__little_is_read_behind_a_long_body(void** state) {
  (void)state;
  int left = -1;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", "recv_bytes", "16", NULL});
  fixture_start(&f, note_what_is_left, &left);
  char text[600];
  memset(text, 'x', sizeof text);
  static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n";
  memcpy(text, head, sizeof head - 1);
  const int fd = client_connect(f.port);
  assert_true(client_send(fd, text, sizeof text));
  assert_true(client_sees_end(fd));
  assert_in_range(__atomic_load_n(&left, __ATOMIC_ACQUIRE), 0, 16);
  client_close(fd);
  fixture_end(&f);
}

static void test_life__detach_gives_the_connection_away(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "2"};
  for (int i = 0; i < 2; ++i) {
    int shared = -1;
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    fixture_start(&f, upgrade, &shared);
    const int fd = client_connect(f.port);
    client_send_text(fd,
                     "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nearly");
    char got[256] = "";
    size_t size = 0;
    while (strstr(got, "early") == NULL && size < sizeof got - 1) {
      const ssize_t n = recv(fd, got + size, sizeof got - 1 - size, 0);
      assert_true(n > 0);
      size += (size_t)n;
      got[size] = '\0';
    }
    assert_holds(got, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nearly");
    client_send_text(fd, "more");
    int server_side;
    while ((server_side = __atomic_load_n(&shared, __ATOMIC_ACQUIRE)) < 0) {
    }
    struct pollfd waited = {.fd = server_side, .events = POLLIN};
    assert_int_equal(poll(&waited, 1, 10000), 1);
    char more[8] = "";
    assert_int_equal(read(server_side, more, 4), 4);
    assert_string_equal(more, "more");
    close(server_side);
    assert_true(client_sees_end(fd));
    client_close(fd);
    fixture_end(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_life__deferred_answers_come_from_any_thread),
      cmocka_unit_test(test_life__pipelined_requests_wait_for_a_deferred_answer),
      cmocka_unit_test(test_life__the_last_release_answers_500),
      cmocka_unit_test(test_life__everything_is_refused_after_the_end),
      cmocka_unit_test(test_life__a_reset_is_noticed),
      cmocka_unit_test(test_life__a_half_closed_client_gets_its_answer),
      cmocka_unit_test(test_life__draining_is_told),
      cmocka_unit_test(test_life__a_request_outlives_its_server),
      cmocka_unit_test(test_life__slow_readers_make_the_writer_wait),
      cmocka_unit_test(test_life__a_waiting_writer_learns_that_the_client_left),
      cmocka_unit_test(test_life__little_is_read_behind_a_long_body),
      cmocka_unit_test(test_life__detach_gives_the_connection_away),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/life", tests, NULL, NULL);
}
