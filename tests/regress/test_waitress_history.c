/* The security history of Waitress, advisory by advisory: what it answered wrongly once is answered
 * rightly here. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/syscall_faults.h"
#include "recorder.h"
#include "support/client.h"
#include "support/cmocka.h"

#define HOST "Host: a\r\n"
#define HEAD "POST /1 HTTP/1.1\r\n" HOST
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define NEXT "GET /2 HTTP/1.1\r\n" HOST "\r\n"

static struct recorder recorder;

static int start(void** state) {
  (void)state;
  recorder_start(&recorder, NULL);
  return 0;
}

static void test_waitress__ends(void** state) {
  (void)state;
  recorder_end(&recorder);
}

/* 0.8.2: an exception instead of a 400. */
static void test_waitress__first_field_begins_with_a_space(void** state) {
  (void)state;
  assert_asked(&recorder, "GET / HTTP/1.1\r\n Host: a\r\n\r\n" NEXT, "400", "");
}

/* 0.9.0, #117, #122, #124: response splitting by the application's values. */
static ws_status inject(ws_request* request, void* app_data) {
  (void)app_data;
  assert_status(ws_request_start(request, 200, "OK\r\nX-Evil: 1"), WS_EINVAL);
  assert_ok(ws_request_start(request, 200, NULL));
  assert_status(ws_request_add_header(request, "X", "b\r\nX-Evil: 1"), WS_EINVAL);
  assert_status(ws_request_add_header(request, "X", "b\nX-Evil: 1"), WS_EINVAL);
  assert_status(ws_request_add_header(request, "X", "b\rX-Evil: 1"), WS_EINVAL);
  assert_status(ws_request_add_header(request, "X\r\nX-Evil", "1"), WS_EINVAL);
  assert_status(ws_request_add_trailer(request, "X", "b\r\nX-Evil: 1"), WS_EINVAL);
  return WS_EINVAL;
}

static void test_waitress__line_ends_in_answers(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  fixture_start(&f, inject, NULL);
  char* all = client_ask_raw(f.port, "GET / HTTP/1.1\r\n" HOST "\r\n");
  assert_holds(all, "HTTP/1.1 500 ");
  assert_null(strstr(all, "X-Evil"));
  free(all);
  fixture_end(&f);
}

static ws_status tell_user(ws_request* request, void* app_data) {
  (void)app_data;
  const char* user = ws_request_get(request, "HTTP_X_AUTH_USER");
  return ws_request_reply(request, 200, "text/plain", user, strlen(user));
}

/* 1.0.0, PR 80: X_Auth_User shadows what a proxy has set as X-Auth-User. */
static void test_waitress__underscore_shadows_a_dash(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, tell_user, NULL);
  struct response response = client_ask(
      f.port, "GET / HTTP/1.1\r\n" HOST "X-Auth-User: good\r\nX_Auth_User: evil\r\n\r\n");
  assert_string_equal(response.body, "good");
  response_free(&response);
  fixture_end(&f);
}

/* 1.1.0, #64, PR 170: the connection closed without an answer. */
static void test_waitress__targets_and_methods_get_an_answer(void** state) {
  (void)state;
  static const struct bytes list[] = {BYTES("GET /\xc5\x82 HTTP/1.1\r\n" HOST "\r\n"),
                                      BYTES("GET /?\xff HTTP/1.1\r\n" HOST "\r\n"),
                                      BYTES("get / HTTP/1.1\r\n" HOST "\r\n")};
  assert_refused(&recorder, list, "400");
}

/* 1.3.1, #260: "//host/path" lost its first segment. */
static void test_waitress__path_with_two_slashes(void** state) {
  (void)state;
  assert_asked(&recorder, "GET //host/path HTTP/1.1\r\n" HOST "\r\n", "200", "GET /host/path |");
}

/* 1.4.0, CVE-2019-16785. */
static void test_waitress__bare_lf(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES("GET /1 HTTP/1.1\n" HOST "\r\n" NEXT),
      BYTES("GET /1 HTTP/1.1\r\nHost: a\n\r\n" NEXT),
      BYTES(HEAD "X: b\nContent-Length: 31\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 31\r\nX: b\n\n" NEXT),
      BYTES(CHUNKED "1\nx\r\n0\r\n\r\n" NEXT),
      BYTES(CHUNKED "1\r\nx\n0\r\n\r\n" NEXT),
      BYTES(CHUNKED "0\r\n\n" NEXT),
  };
  assert_refused(&recorder, list, "400");
}

/* 1.4.0, CVE-2019-16786. */
static void test_waitress__transfer_codings(void** state) {
  (void)state;
  static const struct bytes known_end[] = {
      BYTES(HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" NEXT)};
  assert_refused(&recorder, known_end, "501");
  static const struct bytes list[] = {
      BYTES(HEAD "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\nhello" NEXT)};
  assert_refused(&recorder, list, "400");
  static const struct bytes folded[] = {
      BYTES(HEAD "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" NEXT)};
  assert_refused(&recorder, folded, "400");
}

/* 1.4.0, CVE-2019-16792: bad Content-Lengths counted as 0. */
static void test_waitress__content_lengths(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(HEAD "Content-Length: 31\r\nContent-Length: 0\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 31\r\nContent-Length: 31\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 31, 31\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: x\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length:\r\n\r\n" NEXT),
  };
  assert_refused(&recorder, list, "400");
}

/* 1.4.0, #273. */
static void test_waitress__space_before_the_colon(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(HEAD "Content-Length : 31\r\n\r\n" NEXT), BYTES(HEAD "X\t: b\r\n\r\n" NEXT),
      BYTES(HEAD "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" NEXT)};
  assert_refused(&recorder, list, "400");
}

/* 1.4.1 and 1.4.2, CVE-2019-16789. */
static void test_waitress__obscure_blanks_around_chunked(void** state) {
  (void)state;
  static const struct bytes controls[] = {
      BYTES(HEAD "Content-Length: 31\r\nTransfer-Encoding: \x0b"
                 "chunked\r\n\r\n0\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 31\r\nTransfer-Encoding: chunked\x0c\r\n\r\n0\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 31\r\nTransfer-Encoding: \0chunked\r\n\r\n0\r\n\r\n" NEXT)};
  assert_refused(&recorder, controls, "400");
  static const struct bytes others[] = {
      BYTES(HEAD "Content-Length: 31\r\nTransfer-Encoding: \x85"
                 "chunked\r\n\r\n0\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 31\r\nTransfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n" NEXT)};
  assert_refused(&recorder, others, "400");
}

/* 1.4.3, CVE-2020-5236: a pattern that took exponential time. The client's patience bounds it. */
static void test_waitress__long_value_that_ends_badly(void** state) {
  (void)state;
  enum { BLANKS = 30000 };
  static char request[2 * BLANKS + 64] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  size_t size = strlen(request);
  for (int i = 0; i < BLANKS; ++i) {
    memcpy(request + size, "x ", 2);
    size += 2;
  }
  memcpy(request + size, "\x10\r\n\r\n", 5);
  assert_asked_at(&recorder, request, size + 5, "400", "", __FILE__, __LINE__);
}

/* 2.1.1, CVE-2022-24761: numbers as int() reads them. */
static void test_waitress__numbers(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(HEAD "Content-Length: +31\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 3_1\r\n\r\n" NEXT),
      BYTES(CHUNKED "0x1\r\nx\r\n0\r\n\r\n" NEXT),
      BYTES(CHUNKED "+1\r\nx\r\n0\r\n\r\n" NEXT),
      BYTES(CHUNKED "1_0\r\nx\r\n0\r\n\r\n" NEXT),
      BYTES(CHUNKED "1;\x01garbage\r\nx\r\n0\r\n\r\n" NEXT),
      BYTES(CHUNKED "1;\r\nx\r\n0\r\n\r\n" NEXT),
  };
  assert_refused(&recorder, list, "400");
}

static void reset(int fd) {
  const struct linger at_once = {.l_onoff = 1};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  client_close(fd);
}

/* 2.1.2, CVE-2022-31015: a thread of the application closed what the loop still watched. The server
 * is this test's own: what these clients asked may reach the application after they left. */
static void test_waitress__clients_that_leave_while_they_are_answered(void** state) {
  (void)state;
  struct recorder left;
  recorder_start(&left, NULL);
  for (int i = 0; i < 200; ++i) {
    const int fd = client_connect(left.fixture.port);
    client_send_text(fd, "GET /1 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n" NEXT);
    if (i % 2 == 0) {
      reset(fd);
    } else {
      client_close(fd);
    }
  }
  struct response response = client_ask(left.fixture.port, NEXT);
  assert_int_equal(response.status, 200);
  response_free(&response);
  recorder_end(&left);
  const char* asked = strstr(left.seen, "GET /2 |");
  assert_non_null(asked);
  assert_null(strstr(asked + 1, "GET /2 |")); /* behind `Connection: close` none was read */
}

/* 3.0.0, PR 423. */
static void test_waitress__nul_and_bogus_versions(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES("G\0T / HTTP/1.1\r\n" HOST "\r\n"), BYTES("GET / HTTP/1.1x\r\n" HOST "\r\n"),
      BYTES("GET / HTTP/1\r\n" HOST "\r\n"), BYTES("GET / XTTP/1.1\r\n" HOST "\r\n")};
  assert_refused(&recorder, list, "400");
}

/* 3.0.1, CVE-2024-49768: a bad request that ended exactly with a read; what came with the next read
 * was served. */
static void test_waitress__bad_request_at_the_border_of_a_read(void** state) {
  (void)state;
  static const char bad[] = "GET /1 HTTP/1.1\r\nX : y\r\n" HOST "\r\n";
  struct recorder narrow;
  recorder_start(&narrow, (const char*[]){"recv_bytes", "35", NULL});
  assert_int_equal(sizeof bad - 1, 35);
  for (int i = 0; i < 20; ++i) {
    assert_asked(&narrow, "GET /1 HTTP/1.1\r\nX : y\r\n" HOST "\r\n" NEXT NEXT, "400", "");
  }
  recorder_end(&narrow);
}

/* 3.0.1, CVE-2024-49769: clients that left before they were set up made the loop spin. The server's
 * own clock ends the last client a second from now; meanwhile the loop has hardly anything to do.
 */
static void test_waitress__clients_that_leave_at_once(void** state) {
  (void)state;
  struct recorder left;
  recorder_start(&left, (const char*[]){"header_timeout", "1", NULL});
  for (int i = 0; i < 200; ++i) {
    reset(client_connect(left.fixture.port));
  }
  const int half_closed = client_connect(left.fixture.port);
  client_send_text(half_closed, "GET / HT");
  shutdown(half_closed, SHUT_WR);
  struct response response = client_ask(left.fixture.port, NEXT);
  assert_int_equal(response.status, 200);
  response_free(&response);
  const long turns = faults_turns();
  response = client_ask(left.fixture.port, "GET /");
  assert_int_equal(response.status, 408);
  response_free(&response);
  assert_in_range(faults_turns() - turns, 1, 100);
  client_close(half_closed);
  recorder_end(&left);
}

static ws_status tell_value(ws_request* request, void* app_data) {
  (void)app_data;
  const char* value = ws_request_get(request, "HTTP_X_A");
  return ws_request_reply(request, 200, "text/plain", value, strlen(value));
}

/* 3.0.1, #432, #434. */
static void test_waitress__values_keep_their_bytes(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, tell_value, NULL);
  struct response response = client_ask(f.port, "GET / HTTP/1.1\r\n" HOST
                                                "X-A: \x85\xa0"
                                                "b\xa0\x85 \r\n\r\n");
  assert_string_equal(response.body,
                      "\x85\xa0"
                      "b\xa0\x85");
  response_free(&response);
  fixture_end(&f);
}

static ws_status tell_hops(ws_request* request, void* app_data) {
  const char* value = ws_request_get(request, app_data);
  return ws_request_reply(request, 200, "text/plain", value, strlen(value));
}

static void assert_hops(const char* header, const char* key, const char* sent, const char* kept) {
  struct fixture f;
  fixture_make(&f, (const char*[]){"trusted_proxy", "127.0.0.1", "trusted_proxy_count", "2",
                                   "trusted_proxy_headers", header, NULL});
  fixture_start(&f, tell_hops, (void*)key);
  struct response response = client_ask(f.port, sent);
  assert_string_equal(response.body, kept);
  response_free(&response);
  fixture_end(&f);
}

/* 3.0.2, #451: applications read again what nobody had believed. */
static void test_waitress__hops_that_are_not_believed_are_gone(void** state) {
  (void)state;
  assert_hops("x-forwarded-for", "HTTP_X_FORWARDED_FOR",
              "GET / HTTP/1.1\r\n" HOST "X-Forwarded-For: 6.6.6.6, 1.1.1.1, 2.2.2.2\r\n\r\n",
              "1.1.1.1, 2.2.2.2");
  assert_hops("x-forwarded-for x-forwarded-host", "HTTP_X_FORWARDED_HOST",
              "GET / HTTP/1.1\r\n" HOST
              "X-Forwarded-For: 6.6.6.6, 1.1.1.1, 2.2.2.2\r\nX-Forwarded-Host: evil, a, b\r\n\r\n",
              "a, b");
  assert_hops("forwarded", "HTTP_FORWARDED",
              "GET / HTTP/1.1\r\n" HOST "Forwarded: for=6.6.6.6, for=1.1.1.1, for=2.2.2.2\r\n\r\n",
              "for=1.1.1.1, for=2.2.2.2");
}

/* #464: Content-Length beside Transfer-Encoding, and the connection stayed open. */
static void test_waitress__two_framings(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT),
      BYTES(HEAD "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n0\r\n\r\n" NEXT),
      BYTES("POST /1 HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"
            "Connection: keep-alive\r\n\r\n0\r\n\r\n" NEXT)};
  assert_refused(&recorder, list, "400");
}

/* #465. */
static void test_waitress__chunked_twice(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(HEAD "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" NEXT),
      BYTES(HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT)};
  assert_refused(&recorder, list, "501");
}

/* PR 484, PR 488. */
static void test_waitress__fields_that_stand_once(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES("GET / HTTP/1.1\r\n" HOST HOST "\r\n" NEXT),
      BYTES(HEAD "Content-Length: 0\r\ncontent-length: 0\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Type: a/b\r\nCONTENT-TYPE: c/d\r\n\r\n" NEXT)};
  assert_refused(&recorder, list, "400");
}

/* 2.1.2, PR 376: a head that came in several reads was counted twice. */
static void test_waitress__head_in_many_reads_is_counted_once(void** state) {
  (void)state;
  struct recorder narrow;
  recorder_start(&narrow,
                 (const char*[]){"recv_bytes", "1", "max_request_header_size", "64", NULL});
  assert_asked(&narrow, "GET /1 HTTP/1.1\r\n" HOST "X: 8901234567890123456789012345678\r\n\r\n",
               "200", "GET /1 |");
  recorder_end(&narrow);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_waitress__first_field_begins_with_a_space),
      cmocka_unit_test(test_waitress__line_ends_in_answers),
      cmocka_unit_test(test_waitress__underscore_shadows_a_dash),
      cmocka_unit_test(test_waitress__targets_and_methods_get_an_answer),
      cmocka_unit_test(test_waitress__path_with_two_slashes),
      cmocka_unit_test(test_waitress__bare_lf),
      cmocka_unit_test(test_waitress__transfer_codings),
      cmocka_unit_test(test_waitress__content_lengths),
      cmocka_unit_test(test_waitress__space_before_the_colon),
      cmocka_unit_test(test_waitress__obscure_blanks_around_chunked),
      cmocka_unit_test(test_waitress__long_value_that_ends_badly),
      cmocka_unit_test(test_waitress__numbers),
      cmocka_unit_test(test_waitress__clients_that_leave_while_they_are_answered),
      cmocka_unit_test(test_waitress__nul_and_bogus_versions),
      cmocka_unit_test(test_waitress__bad_request_at_the_border_of_a_read),
      cmocka_unit_test(test_waitress__clients_that_leave_at_once),
      cmocka_unit_test(test_waitress__values_keep_their_bytes),
      cmocka_unit_test(test_waitress__hops_that_are_not_believed_are_gone),
      cmocka_unit_test(test_waitress__two_framings),
      cmocka_unit_test(test_waitress__chunked_twice),
      cmocka_unit_test(test_waitress__fields_that_stand_once),
      cmocka_unit_test(test_waitress__head_in_many_reads_is_counted_once),
      cmocka_unit_test(test_waitress__ends),
  };
  faults_spare_this_thread();
  return cmocka_run_group_tests_name("regress/waitress_history", tests, start, NULL);
}
