/* Answers that the event loop's own thread makes (threads=0) leave together, but none waits for
 * what only its client can send or for what the application waits for. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"
#include "streams.h"

enum { LARGE = 70000 };

/* The application is its own client: what has not left when it looks never will. */
struct both_ends {
  int client;
  int file; /* with "hello" in it */
  struct reading reading;
};

static void expect_answer(int client, const char* body) {
  free(read_head(client));
  expect_bytes(client, body);
}

static void begin(ws_request* request, const char* length) {
  assert_ok(ws_request_add_header(request, "Content-Length", length));
  assert_ok(ws_request_start(request, 200, NULL));
}

static ws_status flush(ws_request* request, int client) {
  begin(request, "2");
  assert_ok(ws_request_write(request, "a", 1));
  assert_ok(ws_request_flush(request));
  expect_answer(client, "first");
  expect_answer(client, "a");
  return ws_request_finish(request, "b", 1);
}

static ws_status hint(ws_request* request, int client) {
  assert_ok(ws_request_interim(request, 103));
  expect_answer(client, "first");
  char* head = read_head(client);
  assert_holds(head, "HTTP/1.1 103 ");
  free(head);
  return ws_request_reply(request, 200, NULL, "ab", 2);
}

static ws_status send_file(ws_request* request, int client, int file) {
  begin(request, "7");
  assert_ok(ws_request_send_file(request, file, 0, 5));
  expect_answer(client, "first");
  expect_answer(client, "hello");
  return ws_request_finish(request, "ab", 2);
}

static ws_status write_much(ws_request* request, int client) {
  static char much[LARGE + 1];
  memset(much, 'x', LARGE);
  begin(request, "70002");
  assert_ok(ws_request_write(request, much, LARGE));
  expect_answer(client, "first");
  expect_answer(client, much);
  return ws_request_finish(request, "ab", 2);
}

static ws_status write_below_a_mark(ws_request* request, int client) {
  assert_ok(ws_request_set_mark(request, 1));
  begin(request, "4");
  assert_ok(ws_request_write(request, "x", 1));
  assert_ok(ws_request_try_write(request, "y", 1));
  expect_answer(client, "first");
  expect_answer(client, "xy");
  return ws_request_finish(request, "ab", 2);
}

static ws_status answer(ws_request* request, void* data) {
  struct both_ends* ends = data;
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/first") == 0) {
    return ws_request_reply(request, 200, NULL, "first", 5);
  }
  ws_status status = strcmp(path, "/flush") == 0  ? flush(request, ends->client)
                     : strcmp(path, "/hint") == 0 ? hint(request, ends->client)
                     : strcmp(path, "/file") == 0 ? send_file(request, ends->client, ends->file)
                     : strcmp(path, "/much") == 0 ? write_much(request, ends->client)
                                                  : write_below_a_mark(request, ends->client);
  ends->reading.outcome = 1;
  return status;
}

static void test_turns__what_is_sent_now_takes_along_what_was_held(void** state) {
  (void)state;
  static const char* const paths[] = {"/flush", "/hint", "/file", "/much", "/mark"};
  struct fixture f;
  struct both_ends ends = {.file = memfd_create("file", MFD_CLOEXEC)};
  assert_int_equal(write(ends.file, "hello", 5), 5);
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  fixture_start(&f, answer, &ends);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; ++i) {
    char requests[256];
    snprintf(requests, sizeof requests,
             "GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET %s HTTP/1.1\r\nHost: a\r\n\r\nGET ",
             paths[i]);
    ends.client = client_connect(f.port);
    ends.reading.outcome = 0;
    client_send_text(ends.client, requests);
    wait_for(&ends.reading.outcome, 1);
    if (strcmp(paths[i], "/hint") == 0) {
      expect_answer(ends.client, "ab");
    } else {
      expect_bytes(ends.client, strcmp(paths[i], "/flush") == 0 ? "b" : "ab");
    }
    client_close(ends.client);
  }
  fixture_end(&f);
  close(ends.file);
}

static ws_status refuse(ws_request* request, void* data) {
  (void)data;
  return ws_request_reply(request, 401, NULL, "who?", 4);
}

/* A part of the body is there already, and the rest never comes. */
static void test_turns__an_answer_at_the_head_does_not_wait_for_the_body(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  assert_ok(ws_server_on_head(f.server, refuse, NULL));
  fixture_start(&f, answer, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nbody");
  expect_answer(fd, "who?");
  client_close(fd);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_turns__what_is_sent_now_takes_along_what_was_held),
      cmocka_unit_test(test_turns__an_answer_at_the_head_does_not_wait_for_the_body),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/turns", tests, NULL, NULL);
}
