/* Every allocation fails once, one after the other, while bodies are streamed both ways, hooks see
 * heads, answers and ends, and a handler waits on a descriptor. At most the client that it was made
 * for sees it: never another, never a crash, and nothing is leaked. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "failing_malloc.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { PIECE = 700, PIECES = 12, BODY = PIECE * PIECES };

static int is_path(ws_request* request, const char* path) {
  return strcmp(ws_request_get(request, "PATH_INFO"), path) == 0;
}

static ws_status at_head(ws_request* request, void* data) {
  (void)data;
  if (is_path(request, "/refused")) {
    return ws_request_reply(request, 401, "text/plain", "who?\n", 5);
  }
  return ws_request_set_data(request, "note", strdup("kept"), free);
}

static ws_status at_answer(ws_request* request, void* data) {
  (void)data;
  return ws_request_set_header(request, "X-Seen", "by a hook, in a value that is not short");
}

static void when_done(const ws_done* done, void* data) {
  (void)done;
  (void)data;
}

/* Each piece as it comes. */
static ws_status echo(ws_request* request) {
  char piece[PIECE];
  int64_t size = 0;
  ws_status status = ws_request_start(request, 200, NULL);
  while (status == WS_OK && (size = ws_request_read(request, piece, sizeof piece)) > 0) {
    status = ws_request_write(request, piece, (size_t)size);
  }
  const char* name = NULL;
  const char* value = NULL;
  if (status == WS_OK && size == 0) {
    status = ws_request_trailer_at(request, 0, &name, &value);
  }
  if (status == WS_OK) {
    status = ws_request_add_trailer(request, name, value);
  }
  return status != WS_OK ? status : size < 0 ? (ws_status)size : ws_request_end(request);
}

/* Reads and writes only what goes at once, and waits for the descriptor in between. */
static ws_status wait_on_a_descriptor(ws_request* request) {
  const int event = ws_request_event_fd(request);
  if (event < 0) {
    return (ws_status)event;
  }
  char piece[PIECE];
  size_t size = 0;
  ws_status status = ws_request_set_mark(request, 2 * PIECE);
  status = status == WS_OK ? ws_request_start(request, 200, NULL) : status;
  while (status == WS_OK) {
    status = ws_request_read_some(request, piece, sizeof piece, 0, &size);
    if (status == WS_OK && size == 0) {
      return ws_request_end(request);
    }
    while (status == WS_OK && (status = ws_request_try_write(request, piece, size)) == WS_TIMEOUT) {
      struct pollfd room = {event, POLLIN, 0};
      poll(&room, 1, 100);
      status = WS_OK;
    }
    if (status == WS_TIMEOUT) {
      struct pollfd more = {event, POLLIN, 0};
      poll(&more, 1, 100);
      status = WS_OK;
    }
  }
  return status;
}

static ws_status serve(ws_request* request, void* data) {
  (void)data;
  if (is_path(request, "/unread")) {
    return ws_request_reply(request, 200, "text/plain", "unread\n", 7);
  }
  return is_path(request, "/some") ? wait_on_a_descriptor(request) : echo(request);
}

/* 1: all of the body came back; 0: it is missing, and the client can see that. */
static int ask(int port, const char* path, int status, size_t size) {
  const int fd = client_connect(port);
  char head[200];
  snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
           path);
  client_send_text(fd, head);
  char chunk[PIECE + 20];
  const int chunk_size = snprintf(chunk, sizeof chunk, "%x\r\n%0*d\r\n", PIECE, PIECE, 7);
  for (int i = 0; i < PIECES; ++i) {
    client_send(fd, chunk, (size_t)chunk_size);
  }
  client_send_text(fd, "0\r\nX-A-Trailer: with a value that is not short\r\n\r\n");
  struct response response = client_read(fd, 0);
  const int good = response.is_complete && response.status == status &&
                   (status != 200 || response.body_size == size);
  if (!good && response.is_complete && response.status != 500 && response.status != 503) {
    fail_msg("%s: %s\n%s", path, response.head, response.body);
  }
  response_free(&response);
  client_close(fd);
  return good;
}

static int clients_that_failed(int port) {
  return !ask(port, "/echo", 200, BODY) + !ask(port, "/some", 200, BODY) +
         !ask(port, "/unread", 200, 7) + !ask(port, "/refused", 401, 0);
}

static void fail_each_allocation(const char* loops, const char* const* more) {
  struct fixture f;
  fixture_wait_for_threads();
  const int descriptors = fixture_descriptors();
  fixture_make(&f, (const char* const[]){"threads", "2", "loops", loops, "body_streaming", "true",
                                         "body_window", "1024", "outbuf_overflow", "1000", NULL});
  for (; *more != NULL; more += 2) {
    assert_ok(ws_server_set(f.server, more[0], more[1]));
  }
  assert_ok(ws_server_on_head(f.server, at_head, NULL));
  assert_ok(ws_server_on_answer(f.server, at_answer, NULL));
  assert_ok(ws_server_on_done(f.server, when_done, NULL));
  fixture_start(&f, serve, NULL);
  assert_int_equal(clients_that_failed(f.port), 0);
  long n = 0;
  int has_failed = 0;
  do {
    malloc_fail_elsewhere(n++);
    const int failed = clients_that_failed(f.port);
    has_failed = malloc_fail_no_more();
    assert_true(failed <= has_failed);
  } while (has_failed);
  assert_true(n > 20);
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_wait_for_stat(&f, "buffered", 0);
  fixture_end(&f);
  fixture_wait_for_descriptors(descriptors);
}

static void test_no_memory_stream__one_loop(void** state) {
  (void)state;
  fail_each_allocation("1", (const char* const[]){NULL});
}

static void test_no_memory_stream__two_loops(void** state) {
  (void)state;
  fail_each_allocation("2", (const char* const[]){NULL});
}

static void test_no_memory_stream__observed(void** state) {
  (void)state;
  fail_each_allocation(
      "1", (const char* const[]){"access_log", "/dev/null", "access_log_format", "json",
                                 "server_timing", "true", "request_id_header", "X-Request-ID",
                                 "slow_request", "60", "metrics_listen", "127.0.0.1:0", NULL});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_memory_stream__one_loop),
      cmocka_unit_test(test_no_memory_stream__two_loops),
      cmocka_unit_test(test_no_memory_stream__observed),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/no_memory_stream", tests, NULL, NULL);
}
