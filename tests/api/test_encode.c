/* <wserve/encode.h>: all of a body passes through, in order, and what was given is released once.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

#include "brackets.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { LARGE = 5 * 1024 * 1024 };

static char* large;
static int file; /* with the large text in it */

/* Answers in the way that the path names. */
static ws_status answer(ws_request* request, void* app_data) {
  const char* path = ws_request_get(request, "PATH_INFO");
  struct bracket* bracket = app_data;
  ws_status status = WS_OK;
  if (bracket != NULL) {
    status = bracket_body(request, bracket);
    assert_ok(status);
  }
  if (strcmp(path, "/reply") == 0) {
    return ws_request_reply(request, 200, "text/plain", "hello", 5);
  }
  if (strcmp(path, "/none") == 0) {
    return ws_request_reply(request, 204, NULL, NULL, 0);
  }
  if (strcmp(path, "/forbidden") == 0) {
    return ws_request_reply(request, 204, NULL, "hello", 5);
  }
  if (strcmp(path, "/large") == 0) {
    return ws_request_reply(request, 200, "text/plain", large, LARGE);
  }
  if (strcmp(path, "/answer") == 0) {
    static const char fields[] =
        "X-A\0b\0Content-Length\0"
        "5";
    return ws_request_answer(request, 200, NULL, fields, sizeof fields, "hello", 5);
  }
  if (strcmp(path, "/long") == 0 || strcmp(path, "/short") == 0) {
    assert_ok(
        ws_request_add_header(request, "Content-Length", strcmp(path, "/long") == 0 ? "3" : "9"));
  }
  assert_ok(ws_request_start(request, 200, NULL));
  if (strcmp(path, "/finish") == 0 || strcmp(path, "/long") == 0) {
    return ws_request_finish(request, "hello", 5);
  }
  if (strcmp(path, "/file") == 0) {
    assert_ok(ws_request_send_file(request, file, 0, LARGE));
    return ws_request_end(request);
  }
  if (strcmp(path, "/trailer") == 0) {
    assert_ok(ws_request_add_trailer(request, "X-Trailer", "t"));
    return ws_request_finish(request, "hello", 5);
  }
  status = ws_request_write(request, "he", 2);
  status = status == WS_OK ? ws_request_flush(request) : status;
  status = status == WS_OK ? ws_request_try_write(request, "ll", 2) : status;
  status = status == WS_OK ? ws_request_finish(request, "o", 1) : status;
  return status;
}

static void start(struct fixture* f, struct bracket* bracket) {
  *bracket = brackets();
  fixture_make(f, NULL);
  fixture_start(f, answer, bracket);
}

static void test_encode__passes_every_kind_of_answer(void** state) {
  (void)state;
  static const struct {
    const char* path;
    const char* body;
    const char* length; /* NULL: chunked */
  } cases[] = {
      {"/reply", "<hello>$", "8"},    {"/finish", "<hello>$", "8"},
      {"/answer", "<hello>$", "8"},   {"/parts", "<he>|<ll>|<o>$", NULL},
      {"/trailer", "<hello>$", NULL}, {"/long", "<hel>$", "6"},
  };
  for (int threads = 0; threads <= 2; threads += 2) {
    struct fixture f;
    struct bracket bracket = brackets();
    const char* const options[] = {"threads", threads == 0 ? "0" : "2", NULL};
    fixture_make(&f, options);
    fixture_start(&f, answer, &bracket);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
      struct response response = bracket_ask(f.port, "GET", cases[i].path, "1.1");
      assert_string_equal(response.body, cases[i].body);
      assert_true(response.is_complete);
      const char* length = response_field(&response, "Content-Length");
      if (cases[i].length != NULL) {
        assert_string_equal(length, cases[i].length);
      } else {
        assert_null(length);
      }
      response_free(&response);
    }
    fixture_end(&f);
    assert_int_equal(bracket.released, (int)(sizeof cases / sizeof cases[0]));
    assert_int_equal(bracket.ends, bracket.released);
  }
}

static void test_encode__cuts_an_answer_that_is_too_short(void** state) {
  (void)state;
  struct fixture f;
  struct bracket bracket;
  start(&f, &bracket);
  struct response response = bracket_ask(f.port, "GET", "/short", "1.1");
  assert_int_equal(response.status, 200);
  assert_false(response.is_complete);
  response_free(&response);
  fixture_wait_for_log(&f,
                       "application returned too few bytes (5) for specified Content-Length (9)");
  fixture_end(&f);
  assert_int_equal(bracket.released, 1);
  assert_int_equal(bracket.ends, 0);
}

static void test_encode__gives_head_the_fields_of_get(void** state) {
  (void)state;
  struct fixture f;
  struct bracket bracket;
  start(&f, &bracket);
  struct response response = bracket_ask(f.port, "HEAD", "/reply", "1.1");
  assert_string_equal(response_field(&response, "Content-Length"), "8");
  assert_int_equal(response.body_size, 0);
  response_free(&response);
  response = bracket_ask(f.port, "HEAD", "/parts", "1.1");
  assert_null(response_field(&response, "Content-Length"));
  assert_string_equal(response_field(&response, "Transfer-Encoding"), "chunked");
  response_free(&response);
  response = bracket_ask(f.port, "GET", "/none", "1.1");
  assert_int_equal(response.status, 204);
  assert_int_equal(response.body_size, 0);
  response_free(&response);
  fixture_end(&f);
  assert_int_equal(bracket.released, 3);
  assert_true(fixture_worst(&f) <= WS_LOG_INFO);
}

static void test_encode__calls_none_where_there_is_no_body(void** state) {
  (void)state;
  struct fixture f;
  struct bracket bracket;
  start(&f, &bracket);
  static const char* const methods[] = {"GET", "HEAD"};
  for (int i = 0; i < 2; ++i) {
    struct response response = bracket_ask(f.port, methods[i], "/forbidden", "1.1");
    assert_int_equal(response.status, 204);
    assert_null(response_field(&response, "Content-Length"));
    response_free(&response);
  }
  fixture_end(&f);
  assert_int_equal(bracket.calls, 0);
  assert_int_equal(bracket.released, 2);
}

static void test_encode__frames_by_the_end_of_the_connection_for_1_0(void** state) {
  (void)state;
  struct fixture f;
  struct bracket bracket;
  start(&f, &bracket);
  struct response response = bracket_ask(f.port, "GET", "/parts", "1.0");
  assert_null(response_field(&response, "Transfer-Encoding"));
  assert_string_equal(response.body, "<he>|<ll>|<o>$");
  response_free(&response);
  response = bracket_ask(f.port, "GET", "/reply", "1.0");
  assert_string_equal(response_field(&response, "Content-Length"), "8");
  response_free(&response);
  fixture_end(&f);
}

/* A file and a text of 5 MB, to a client that begins to read late. */
static void test_encode__passes_large_bodies(void** state) {
  (void)state;
  for (int threads = 0; threads <= 2; threads += 2) {
    struct fixture f;
    struct bracket bracket = brackets();
    const char* const options[] = {"threads", threads == 0 ? "0" : "2", NULL};
    fixture_make(&f, options);
    fixture_start(&f, answer, &bracket);
    struct response response = bracket_ask(f.port, "GET", "/large", "1.1");
    assert_int_equal(response.body_size, LARGE + 3);
    assert_memory_equal(response.body + 1, large, LARGE);
    assert_null(response_field(&response, "Content-Length"));
    response_free(&response);
    response = bracket_ask(f.port, "GET", "/file", "1.1");
    size_t at = 0;
    for (size_t i = 0; i < response.body_size; ++i) {
      if (strchr("<>$", response.body[i]) == NULL) {
        assert_int_equal(response.body[i], large[at++]);
      }
    }
    assert_int_equal(at, LARGE);
    assert_true(response.body_size > LARGE + 2 * LARGE / (64 * 1024)); /* in bounded pieces */
    assert_true(response.is_complete);
    response_free(&response);
    fixture_end(&f);
    assert_int_equal(bracket.released, 2);
  }
}

static void test_encode__keeps_pipelined_answers_apart(void** state) {
  (void)state;
  struct fixture f;
  struct bracket bracket;
  start(&f, &bracket);
  const int fd = client_connect(f.port);
  client_send_text(fd,
                   "GET /reply HTTP/1.1\r\nHost: a\r\n\r\nHEAD /reply HTTP/1.1\r\nHost: a\r\n\r\n"
                   "GET /parts HTTP/1.1\r\nHost: a\r\n\r\nGET /reply HTTP/1.1\r\nHost: a\r\n\r\n");
  static const char* const bodies[] = {"<hello>$", "", "<he>|<ll>|<o>$", "<hello>$"};
  for (int i = 0; i < 4; ++i) {
    struct response response = client_read(fd, i == 1);
    assert_string_equal(response.body, bodies[i]);
    response_free(&response);
  }
  client_close(fd);
  fixture_end(&f);
  assert_int_equal(bracket.released, 4);
}

/* Before the head a 500 takes the place of the answer; behind it the answer is cut. */
static void test_encode__shows_that_an_encoder_has_failed(void** state) {
  (void)state;
  struct fixture f;
  struct bracket bracket = brackets();
  bracket.fails_at = 1;
  fixture_make(&f, NULL);
  fixture_start(&f, answer, &bracket);
  struct response response = bracket_ask(f.port, "GET", "/reply", "1.1");
  assert_int_equal(response.status, 500);
  assert_true(response.is_complete);
  response_free(&response);
  fixture_wait_for_log(&f, "Exception while serving /reply: WS_EAPP");
  bracket.calls = 0;
  response = bracket_ask(f.port, "GET", "/parts", "1.1"); /* nothing of it has been sent */
  assert_int_equal(response.status, 500);
  assert_true(response.is_complete);
  response_free(&response);
  bracket.calls = 0;
  bracket.fails_at = 2;
  response = bracket_ask(f.port, "GET", "/parts", "1.1");
  assert_int_equal(response.status, 200);
  assert_false(response.is_complete);
  response_free(&response);
  fixture_wait_for_log(&f, "/parts: WS_EAPP");
  bracket.calls = 0;
  char* all = client_ask_raw(f.port, "GET /parts HTTP/1.0\r\n\r\n");
  assert_null(strstr(all, "$"));
  free(all);
  fixture_end(&f);
  assert_int_equal(bracket.released, 4);
  assert_int_equal(bracket.ends, 0);
}

int main(void) {
  large = malloc(LARGE);
  file = memfd_create("large", MFD_CLOEXEC);
  for (size_t i = 0; i < LARGE; ++i) {
    large[i] = "abcdefghijklmnopqrstuvwxyz\n"[i * 7 % 27];
  }
  if (write(file, large, LARGE) != LARGE) {
    return 1;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_encode__passes_every_kind_of_answer),
      cmocka_unit_test(test_encode__cuts_an_answer_that_is_too_short),
      cmocka_unit_test(test_encode__gives_head_the_fields_of_get),
      cmocka_unit_test(test_encode__calls_none_where_there_is_no_body),
      cmocka_unit_test(test_encode__frames_by_the_end_of_the_connection_for_1_0),
      cmocka_unit_test(test_encode__passes_large_bodies),
      cmocka_unit_test(test_encode__keeps_pipelined_answers_apart),
      cmocka_unit_test(test_encode__shows_that_an_encoder_has_failed),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  free(large);
  close(file);
  return failed;
}
