/* Writes and reads that do not wait, and the descriptor that says when they can go on. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdatomic.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"
#include "streams.h"

enum { PIECE = 16384 };

static ws_status fill(ws_request* request, void* data) {
  int* refused = data;
  char piece[PIECE] = "";
  ws_status status = ws_request_set_mark(request, 100000);
  status = status == WS_OK ? ws_request_start(request, 200, NULL) : status;
  while (status == WS_OK) {
    status = ws_request_try_write(request, piece, sizeof piece);
  }
  assert_int_equal(status, WS_TIMEOUT);
  assert_true(ws_request_pending(request) > 100000);
  ++*refused;
  struct pollfd room = {ws_request_event_fd(request), POLLIN, 0};
  assert_true(room.fd >= 0);
  while (status == WS_TIMEOUT) {
    assert_int_equal(poll(&room, 1, 30000), 1);
    status = ws_request_try_write(request, "end", 3);
  }
  return status;
}

static void test_try_write__takes_nothing_above_the_mark(void** state) {
  (void)state;
  struct fixture f;
  int refused = 0;
  fixture_make(&f, NULL);
  fixture_start(&f, fill, &refused);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  struct response answer = client_read(fd, 0);
  assert_int_equal(refused, 1);
  assert_true(answer.is_complete && answer.body_size % PIECE == 3);
  assert_memory_equal(answer.body + answer.body_size - 3, "end", 3);
  response_free(&answer);
  client_close(fd);
  fixture_end(&f);
}

/* One thread, a loop of its own: it reads by the descriptor alone. */
static ws_status read_by_events(ws_request* request, void* data) {
  (void)data;
  char text[64] = "";
  size_t size = 0;
  size_t got = 1;
  struct pollfd more = {ws_request_event_fd(request), POLLIN, 0};
  ws_status status = WS_TIMEOUT;
  while (got > 0 || status == WS_TIMEOUT) {
    status = ws_request_read_some(request, text + size, sizeof text - size, 0, &got);
    size += got;
    if (status == WS_TIMEOUT) {
      assert_int_equal(poll(&more, 1, 30000), 1);
    }
  }
  assert_int_equal(status, WS_OK);
  return ws_request_reply(request, 200, "text/plain", text, size);
}

static void test_event_fd__tells_of_body_bytes(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, streamed);
  fixture_start(&f, read_by_events, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  fixture_wait_for_stat(&f, "requests", 1);
  client_send_text(fd, "bo");
  client_send_text(fd, "dy");
  struct response answer = client_read(fd, 0);
  assert_string_equal(answer.body, "body");
  response_free(&answer);
  client_close(fd);
  fixture_end(&f);
}

static ws_status wait_for_leave(ws_request* request, void* data) {
  struct reading* waiting = data;
  atomic_store(&waiting->is_reading, 1);
  struct pollfd event = {ws_request_event_fd(request), POLLIN, 0};
  int gone = ws_request_gone(request);
  while (gone == WS_GONE_NO) {
    assert_int_equal(poll(&event, 1, 30000), 1);
    gone = ws_request_gone(request);
  }
  atomic_store(&waiting->outcome, gone);
  return WS_EDISCONNECTED;
}

static void test_event_fd__tells_of_a_client_that_left(void** state) {
  (void)state;
  struct fixture f;
  struct reading waiting = {0, 0};
  fixture_make(&f, NULL);
  fixture_start(&f, wait_for_leave, &waiting);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  wait_for(&waiting.is_reading, 1);
  client_close(fd);
  while (atomic_load(&waiting.outcome) == 0) {
    poll(NULL, 0, 1);
  }
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_try_write__takes_nothing_above_the_mark),
      cmocka_unit_test(test_event_fd__tells_of_body_bytes),
      cmocka_unit_test(test_event_fd__tells_of_a_client_that_left),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/try_write", tests, NULL, NULL);
}
