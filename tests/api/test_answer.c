/* Answers before their heads go out: a callback that sees them, and fields that are changed. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static ws_status reply(ws_request* request, void* data) {
  (void)data;
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/fail") == 0) {
    return WS_EAPP;
  }
  if (strcmp(path, "/stream") == 0) {
    ws_status status = ws_request_start(request, 201, NULL);
    status = status == WS_OK ? ws_request_add_header(request, "Content-Length", "3") : status;
    status = status == WS_OK ? ws_request_write(request, "abc", 3) : status;
    return status == WS_OK ? ws_request_end(request) : status;
  }
  assert_int_equal(ws_request_status(request), 0);
  assert_ok(ws_request_add_header(request, "X-Many", "1"));
  assert_ok(ws_request_add_header(request, "x-many", "2"));
  assert_ok(ws_request_add_header(request, "ETag", "\"a\""));
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

/* What a callback of the answer may do, and what not. */
static ws_status change(ws_request* request, void* seen) {
  int fd;
  const char* left;
  size_t size;
  char line[256];
  const char* type = ws_request_header(request, "content-type");
  const char* many = ws_request_header(request, "X-Many");
  snprintf(line, sizeof line, "%s %d %s %s;", ws_request_get(request, "PATH_INFO"),
           ws_request_status(request), type != NULL ? type : "-", many != NULL ? many : "-");
  strcat(seen, line);
  assert_ok(ws_request_set_header(request, "X-Many", "changed"));
  assert_ok(ws_request_set_header(request, "X-Frame-Options", "DENY"));
  assert_ok(ws_request_remove_header(request, "ETag"));
  assert_ok(ws_request_remove_header(request, "Content-Length"));
  assert_ok(ws_request_remove_header(request, "X-None"));
  assert_null(ws_request_header(request, "ETag"));
  assert_string_equal(ws_request_header(request, "x-many"), "changed");
  assert_status(ws_request_set_header(request, "X-Many", "a\r\nb"), WS_EINVAL);
  assert_status(ws_request_set_header(request, "Transfer-Encoding", "chunked"), WS_EINVAL);
  assert_status(ws_request_set_header(request, NULL, "a"), WS_EINVAL);
  assert_status(ws_request_write(request, "x", 1), WS_ESTATE);
  assert_status(ws_request_flush(request), WS_ESTATE);
  assert_status(ws_request_end(request), WS_ESTATE);
  assert_status(ws_request_reply(request, 200, NULL, "", 0), WS_ESTATE);
  assert_status(ws_request_interim(request, 103), WS_ESTATE);
  assert_status(ws_request_detach(request, &fd, &left, &size), WS_ESTATE);
  assert_status(ws_request_defer(request), WS_ESTATE);
  assert_status(ws_request_discard(request), WS_ESTATE);
  assert_status(ws_request_begin(request, 200, NULL, NULL, 0), WS_ESTATE);
  assert_status(ws_request_answer(request, 200, NULL, NULL, 0, "", 0), WS_ESTATE);
  assert_status(ws_request_give_up(request, "gives nothing up"), WS_ESTATE);
  return WS_OK;
}

static void start(struct fixture* f, ws_answer_fn answer, void* data, const char* const* options) {
  fixture_make(f, options);
  assert_ok(ws_server_on_answer(f->server, answer, data));
  fixture_start(f, reply, NULL);
}

static void expect_changed(const struct response* answer, int status, const char* body) {
  assert_int_equal(answer->status, status);
  assert_true(answer->is_complete);
  assert_string_equal(answer->body, body);
  assert_string_equal(response_field(answer, "X-Many"), "changed");
  assert_string_equal(response_field(answer, "X-Frame-Options"), "DENY");
  assert_null(response_field(answer, "ETag"));
}

static void change_all(const char* threads) {
  struct fixture f;
  char seen[512] = "";
  start(&f, change, seen, (const char*[]){"threads", threads, "health_path", "/up", NULL});
  struct response answer = client_ask(f.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect_changed(&answer, 200, "hello");
  assert_string_equal(response_field(&answer, "Content-Length"), "5");
  assert_null(strstr(answer.head, "x-many"));
  response_free(&answer);
  answer = client_ask(f.port, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  expect_changed(&answer, 201, "abc");
  assert_string_equal(response_field(&answer, "Transfer-Encoding"), "chunked");
  response_free(&answer);
  answer = client_ask(f.port, "GET /up HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(answer.status, 200);
  assert_string_equal(response_field(&answer, "X-Frame-Options"), "DENY");
  response_free(&answer);
  answer = client_ask(f.port, "GET /fail HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(answer.status, 500);
  assert_string_equal(response_field(&answer, "X-Frame-Options"), "DENY");
  response_free(&answer);
  assert_string_equal(seen,
                      "/ 200 text/plain 1;/stream 201 - -;/up 200 text/plain; charset=utf-8 -;"
                      "/fail 500 text/plain; charset=utf-8 -;");
  fixture_end(&f);
}

static void test_answer__is_seen_and_changed(void** state) {
  (void)state;
  change_all("2");
}

static void test_answer__likewise_without_threads(void** state) {
  (void)state;
  change_all("0");
}

static ws_status fail_with_text(ws_request* request, void* data) {
  (void)data;
  return ws_request_fail(request, "out of order");
}

static ws_status fail_with_status(ws_request* request, void* data) {
  (void)request;
  (void)data;
  return WS_EAPP;
}

/* A line of the log, and the answer as it is. */
static void test_answer__goes_out_when_the_callback_fails(void** state) {
  (void)state;
  static const ws_answer_fn failing[] = {fail_with_text, fail_with_status};
  static const char* const lines[] = {"has failed for /: out of order", "has failed for /: "};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    start(&f, failing[i], NULL, NULL);
    struct response answer = client_ask(f.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "hello");
    assert_string_equal(response_field(&answer, "ETag"), "\"a\"");
    response_free(&answer);
    fixture_wait_for_log(&f, lines[i]);
    fixture_end(&f);
  }
}

static ws_status change_late(ws_request* request, void* data) {
  (void)data;
  assert_ok(ws_request_set_header(request, "X-A", "1"));
  assert_ok(ws_request_set_header(request, "Content-Length", "9"));
  assert_ok(ws_request_set_header(request, "Content-Length", "2"));
  assert_string_equal(ws_request_header(request, "Content-Length"), "2");
  assert_ok(ws_request_set_header(request, "Connection", "close"));
  assert_ok(ws_request_remove_header(request, "Connection"));
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_flush(request));
  assert_status(ws_request_set_header(request, "X-A", "2"), WS_ESTATE);
  assert_status(ws_request_remove_header(request, "X-A"), WS_ESTATE);
  assert_status(ws_request_remove_header(request, NULL), WS_EINVAL);
  assert_null(ws_request_header(request, NULL));
  return ws_request_finish(request, "ok", 2);
}

static void test_answer__fields_are_set_until_the_head_is_out(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, change_late, NULL);
  assert_status(ws_server_on_answer(f.server, change, NULL), WS_ESTATE);
  assert_status(ws_server_on_answer(NULL, change, NULL), WS_EINVAL);
  assert_int_equal(ws_request_status(NULL), 0);
  const int fd = client_connect(f.port);
  for (int i = 0; i < 2; ++i) { /* the connection stays */
    client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    struct response answer = client_read(fd, 0);
    assert_string_equal(answer.body, "ok");
    assert_string_equal(response_field(&answer, "X-A"), "1");
    response_free(&answer);
  }
  client_close(fd);
  fixture_end(&f);
}

/* What each callback below does, and what the application below answers with. */
static ws_status set_what_the_query_says(ws_request* request, void* data) {
  (void)data;
  const char* query = ws_request_get(request, "QUERY_STRING");
  assert_ok(ws_request_set_header(request, "X-Path", ws_request_get(request, "PATH_INFO")));
  return query[0] != '\0' ? ws_request_set_header(request, "Content-Length", query)
                          : ws_request_remove_header(request, "Content-Length");
}

static ws_status send_a_file(ws_request* request, void* file) {
  const int is_empty = strcmp(ws_request_get(request, "REQUEST_METHOD"), "HEAD") == 0;
  assert_ok(ws_request_add_header(request, "Content-Length", "5"));
  assert_ok(ws_request_start(request, 200, NULL));
  return is_empty ? ws_request_end(request) : ws_request_send_file(request, *(int*)file, 0, 10);
}

static struct response ask(int port, const char* method, const char* target) {
  char text[128];
  snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, target);
  return client_ask(port, text);
}

/* Of a file with five bytes the answer has as many as its length says, whoever said it last. */
static void test_answer__a_length_that_the_callback_sets_is_the_answers(void** state) {
  (void)state;
  struct fixture f;
  int file = memfd_create("file", MFD_CLOEXEC);
  assert_int_equal(write(file, "hello", 5), 5);
  fixture_make(&f, NULL);
  assert_ok(ws_server_on_answer(f.server, set_what_the_query_says, NULL));
  fixture_start(&f, send_a_file, &file);
  struct response answer = ask(f.port, "GET", "/a?3");
  assert_string_equal(answer.body, "hel");
  response_free(&answer);
  answer = ask(f.port, "HEAD", "/a?7");
  assert_string_equal(response_field(&answer, "Content-Length"), "7");
  response_free(&answer);
  answer = ask(f.port, "GET", "/a"); /* ten bytes, which are not there */
  assert_int_equal(answer.status, 500);
  response_free(&answer);
  fixture_end(&f);
  close(file);
}

/* The server's own, in the place of one that waited too long. */
static void test_answer__is_seen_with_its_request_when_the_queue_is_full(void** state) {
  (void)state;
  struct fixture f;
  struct gate gate;
  gate_make(&gate);
  fixture_make(&f, (const char*[]){"threads", "1", "queue_limit", "1", NULL});
  assert_ok(ws_server_on_answer(f.server, set_what_the_query_says, NULL));
  fixture_start(&f, gate_pass, &gate);
  int waiting[2];
  for (int i = 0; i < 2; ++i) {
    waiting[i] = client_connect(f.port);
    client_send_text(waiting[i], "GET /waits HTTP/1.1\r\nHost: a\r\n\r\n");
    if (i == 0) {
      gate_wait_for(&gate, 1);
    } else {
      fixture_wait_for_stat(&f, "waiting", 1);
    }
  }
  struct response answer = ask(f.port, "GET", "/too/late");
  assert_int_equal(answer.status, 503);
  assert_string_equal(response_field(&answer, "X-Path"), "/too/late");
  response_free(&answer);
  gate_open(&gate);
  for (int i = 0; i < 2; ++i) {
    answer = client_read(waiting[i], 0);
    assert_string_equal(response_field(&answer, "X-Path"), "/waits");
    response_free(&answer);
    client_close(waiting[i]);
  }
  fixture_end(&f);
}

static ws_status close_early(ws_request* request, void* data) {
  (void)data;
  assert_ok(ws_request_add_header(request, "Connection", "close"));
  assert_ok(ws_request_interim(request, 103));
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_add_header(request, "Connection", "close"));
  assert_string_equal(ws_request_header(request, "connection"), "close");
  assert_ok(ws_request_remove_header(request, "Connection"));
  assert_null(ws_request_header(request, "Connection"));
  assert_ok(ws_request_add_trailer(request, "X-Sum", "1"));
  assert_string_equal(ws_request_header(request, "Trailer"), "X-Sum");
  return ws_request_finish(request, "ok", 2);
}

/* The connection's end, once announced, is not taken back with an answer's fields. */
static void test_answer__tells_its_connection_and_trailer(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, close_early, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  struct response answer = client_read(fd, 0);
  assert_string_equal(answer.body, "ok");
  assert_true(client_sees_orderly_end(fd));
  response_free(&answer);
  client_close(fd);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_answer__is_seen_and_changed),
      cmocka_unit_test(test_answer__likewise_without_threads),
      cmocka_unit_test(test_answer__goes_out_when_the_callback_fails),
      cmocka_unit_test(test_answer__fields_are_set_until_the_head_is_out),
      cmocka_unit_test(test_answer__a_length_that_the_callback_sets_is_the_answers),
      cmocka_unit_test(test_answer__is_seen_with_its_request_when_the_queue_is_full),
      cmocka_unit_test(test_answer__tells_its_connection_and_trailer),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/answer", tests, NULL, NULL);
}
