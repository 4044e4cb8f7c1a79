/* Requests at their head: answered before the body, or told how it is to come. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"
#include "streams.h"

static ws_status at_head(ws_request* request, void* data) {
  (void)data;
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/401") == 0) {
    return ws_request_reply(request, 401, "text/plain", "who?", 4);
  }
  if (strcmp(path, "/fail") == 0) {
    return WS_EINVAL;
  }
  if (strcmp(path, "/limit") == 0) {
    return ws_request_limit_body(request, 4);
  }
  if (strcmp(path, "/stream") == 0) {
    return ws_request_stream_body(request);
  }
  return WS_OK;
}

static void start_with_hook(struct fixture* f, ws_app_fn app) {
  fixture_make(f, NULL);
  assert_ok(ws_server_on_head(f->server, at_head, NULL));
  fixture_start(f, app, NULL);
}

static void test_head__answers_before_the_body(void** state) {
  (void)state;
  struct fixture f;
  start_with_hook(&f, echo);
  int fd = client_connect(f.port);
  assert_int_equal(status_of(fd, "GET /401 HTTP/1.1\r\nHost: a\r\n\r\n"), 401);
  assert_int_equal(status_of(fd, "PUT /401 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"),
                   401);
  assert_int_equal(status_of(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  client_send_text(
      fd, "PUT /401 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  struct response answer = client_read(fd, 0);
  assert_int_equal(answer.status, 401); /* and no 100 before it */
  assert_null(strstr(answer.head, "100 Continue"));
  assert_string_equal(response_field(&answer, "Connection"), "close");
  response_free(&answer);
  client_close(fd);
  fd = client_connect(f.port);
  assert_int_equal(status_of(fd, "PUT /fail HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"),
                   500);
  client_close(fd);
  fixture_end(&f);
}

static void test_head__limits_one_body(void** state) {
  (void)state;
  struct fixture f;
  start_with_hook(&f, echo);
  int fd = client_connect(f.port);
  assert_int_equal(status_of(fd, "PUT /limit HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"),
                   200);
  assert_int_equal(status_of(fd, "PUT /limit HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
                   413);
  client_close(fd);
  fd = client_connect(f.port);
  assert_int_equal(status_of(fd,
                             "PUT /limit HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n2\r\n"),
                   413);
  client_close(fd);
  fd = client_connect(f.port);
  assert_int_equal(status_of(fd, "PUT /free HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde"),
                   200);
  client_close(fd);
  fixture_end(&f);
}

static void test_head__streams_one_body(void** state) {
  (void)state;
  struct fixture f;
  start_with_hook(&f, echo);
  const int fd = client_connect(f.port);
  client_send_text(fd, "PUT /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none");
  char* head = read_head(fd);
  free(head);
  expect_bytes(fd, "3\r\none\r\n");
  client_send_text(fd, "two");
  expect_bytes(fd, "3\r\ntwo\r\n0\r\n\r\n");
  client_close(fd);
  fixture_end(&f);
}

static ws_status try_late(ws_request* request, void* data) {
  (void)data;
  assert_int_equal(ws_request_limit_body(request, 1), WS_ESTATE);
  assert_int_equal(ws_request_stream_body(request), WS_ESTATE);
  return say(request, "late");
}

static void test_head__is_the_only_place_for_it(void** state) {
  (void)state;
  struct fixture f;
  start_with_hook(&f, try_late);
  struct response answer = client_ask(f.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(answer.body, "late");
  response_free(&answer);
  assert_status(ws_server_on_head(f.server, at_head, NULL), WS_ESTATE);
  fixture_end(&f);
}

/* What there is to know of a body that has not come. */
static ws_status look_at_head(ws_request* request, void* data) {
  char byte;
  const char* length = ws_request_get(request, "CONTENT_LENGTH");
  snprintf(data, 64, "%s %d %d %d", length != NULL ? length : "none",
           (int)ws_request_body_size(request), (int)ws_request_read(request, &byte, 1),
           ws_request_defer(request));
  return WS_OK;
}

static ws_status tell_length(ws_request* request, void* data) {
  (void)data;
  const char* length = ws_request_get(request, "CONTENT_LENGTH");
  char text[64];
  snprintf(text, sizeof text, "%s %d", length != NULL ? length : "none",
           (int)ws_request_body_size(request));
  return say(request, text);
}

static void test_head__knows_what_has_not_come(void** state) {
  (void)state;
  static const struct {
    const char* request;
    const char* at_head;
    const char* later;
  } cases[] = {
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
       "none -1 -3 -3", "3 3"},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "none -1 -3 -3",
       "0 0"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "3 3 -3 -3", "3 3"},
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "none 0 0 -3", "none 0"},
  };
  struct fixture f;
  char seen[64] = "";
  fixture_make(&f, NULL);
  assert_ok(ws_server_on_head(f.server, look_at_head, seen));
  fixture_start(&f, tell_length, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    struct response answer = client_ask(f.port, cases[i].request);
    assert_string_equal(answer.body, cases[i].later);
    assert_string_equal(seen, cases[i].at_head);
    response_free(&answer);
  }
  fixture_end(&f);
}

/* -- Expect: 100-continue -- */

static ws_status filter(ws_request* request, ws_next* next, void* data) {
  (void)data;
  return ws_request_get(request, "HTTP_AUTHORIZATION") != NULL
             ? ws_next_call(next, request)
             : ws_request_reply(request, 401, "text/plain", "who?", 4);
}

static void test_expect__is_answered_when_the_body_is_read(void** state) {
  (void)state;
  for (int streams = 0; streams < 2; ++streams) {
    struct fixture f;
    fixture_make(&f, streams ? streamed : NULL);
    assert_ok(ws_server_use(f.server, filter, NULL));
    fixture_start(&f, echo, NULL);
    int fd = client_connect(f.port);
    client_send_text(
        fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    expect_bytes(fd, "HTTP/1.1 401 ");
    client_close(fd);
    fd = client_connect(f.port);
    client_send_text(fd,
                     "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"
                     "Authorization: x\r\n\r\n");
    expect_bytes(fd, "HTTP/1.1 100 Continue\r\n\r\n");
    client_send_text(fd, "body");
    struct response answer = client_read(fd, 0);
    assert_string_equal(answer.body, "body");
    response_free(&answer);
    /* The body has come: the connection goes on. */
    assert_int_equal(
        status_of(fd,
                  "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nAuthorization: x\r\n\r\nx"),
        200);
    client_close(fd);
    fixture_end(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_head__answers_before_the_body),
      cmocka_unit_test(test_head__limits_one_body),
      cmocka_unit_test(test_head__streams_one_body),
      cmocka_unit_test(test_head__is_the_only_place_for_it),
      cmocka_unit_test(test_head__knows_what_has_not_come),
      cmocka_unit_test(test_expect__is_answered_when_the_body_is_read),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/head", tests, NULL, NULL);
}
