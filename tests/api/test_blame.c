/* Whom the log blames for an answer that did not arrive: what the cause was, once, and nobody
 * else. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

/* More than any pair of sockets holds. */
enum { LARGE = 64 * 1024 * 1024 };

static int temporary_file(const char* content) {
  char path[] = "/tmp/wserve-test-XXXXXX";
  const int fd = mkstemp(path);
  unlink(path);
  assert_int_equal(write(fd, content, strlen(content)), strlen(content));
  return fd;
}

static void assert_refused(ws_request* request, int fd, int64_t size, const char* why) {
  assert_status(ws_request_send_file(request, fd, 0, size), WS_EINVAL);
  assert_holds(ws_last_error(), why);
  close(fd);
}

/* None of it sends the head: a field may still be added. */
static ws_status send_what_is_no_file(ws_request* request, void* app_data) {
  (void)app_data;
  int pair[2];
  char write_only[64];
  const int file = temporary_file("0123456789");
  assert_ok(ws_request_start(request, 200, NULL));
  assert_refused(request, open("/", O_RDONLY), 1, "is a folder");
  assert_refused(request, open("/", O_PATH), 1, "is a folder");
  assert_int_equal(pipe(pair), 0);
  close(pair[1]);
  assert_refused(request, pair[0], 1, "is a pipe");
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  close(pair[1]);
  assert_refused(request, pair[0], 1, "is a socket");
  snprintf(write_only, sizeof write_only, "/proc/self/fd/%d", file);
  assert_refused(request, open(write_only, O_WRONLY), 1, "is not open for reading");
  assert_refused(request, open(write_only, O_PATH), 1, "is not open for reading");
  assert_status(ws_request_send_file(request, file, 11, 0), WS_EINVAL);
  assert_refused(request, file, 11, "the file has 10 bytes, got offset 0 and size 11");
  assert_ok(ws_request_add_header(request, "Content-Length", "2"));
  return ws_request_finish(request, "ok", 2);
}

static void test_blame__what_is_no_file_is_refused_before_the_head(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, send_what_is_no_file, NULL);
  struct response response = client_ask(f.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(response.body, "ok");
  response_free(&response);
  assert_int_equal(fixture_lines(&f), 0);
  fixture_end(&f);
}

/* Content-Length may leave room for less than the caller says. */
static ws_status send_all_of_a_file(ws_request* request, void* app_data) {
  (void)app_data;
  const int file = temporary_file("0123456789");
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_add_header(request, "Content-Length", "10"));
  assert_ok(ws_request_send_file(request, file, 0, INT64_MAX));
  close(file);
  return ws_request_end(request);
}

static void test_blame__content_length_says_how_much_of_a_file(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, send_all_of_a_file, NULL);
  struct response response = client_ask(f.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(response.body, "0123456789");
  response_free(&response);
  fixture_end(&f);
}

static ws_status ignore_the_refusal(ws_request* request, void* app_data) {
  (void)app_data;
  const int folder = open("/", O_RDONLY);
  ws_request_start(request, 200, NULL);
  ws_request_add_header(request, "Content-Length", "10");
  ws_request_send_file(request, folder, 0, 10);
  close(folder);
  return ws_request_end(request);
}

/* Asks for /path and reads what comes of the answer; the fixture's log then ends with `line`. */
static void see_it_cut(struct fixture* f, ws_app_fn app, const char* line, ws_severity severity) {
  fixture_start(f, app, NULL);
  struct response response = client_ask(f->port, "GET /path HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_false(response.is_complete);
  response_free(&response);
  fixture_wait_for_log(f, line);
  fixture_end(f);
  assert_int_equal(fixture_worst(f), severity);
}

static void test_blame__an_answer_without_its_file_names_both(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  see_it_cut(&f, ignore_the_refusal, "The answer to /path lacks a file: descriptor ", WS_LOG_ERROR);
  assert_holds(f.last_line, " is a folder");
  assert_int_equal(fixture_lines(&f), 1);
}

/* The client reads only when the file is short already. */
static ws_status shorten_the_file(ws_request* request, void* app_data) {
  (void)app_data;
  const int file = temporary_file("");
  assert_int_equal(ftruncate(file, LARGE), 0);
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_send_file(request, file, 0, LARGE));
  assert_int_equal(ftruncate(file, 1000), 0);
  close(file);
  ws_request_end(request); /* fails if the end of the file has been seen already */
  return WS_OK;
}

static void test_blame__a_file_that_shrinks_is_a_warning(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  see_it_cut(&f, shorten_the_file,
             "A file error has cut the answer to /path: the file has become shorter",
             WS_LOG_WARNING);
  assert_int_equal(fixture_lines(&f), 1);
}

static ws_status write_too_much(ws_request* request, int returns_status) {
  char* much = calloc(LARGE, 1);
  char length[16];
  snprintf(length, sizeof length, "%d", 2 * LARGE);
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_add_header(request, "Content-Length", length));
  const ws_status status = ws_request_write(request, much, LARGE);
  assert_int_equal(status, WS_ESYSTEM);
  free(much);
  ws_request_write(request, "x", 1);
  return returns_status ? status : ws_request_end(request) == WS_OK ? WS_EINTERNAL : WS_OK;
}

static ws_status write_and_ignore(ws_request* request, void* app_data) {
  (void)app_data;
  return write_too_much(request, 0);
}

static ws_status write_and_tell(ws_request* request, void* app_data) {
  (void)app_data;
  return write_too_much(request, 1);
}

static const char* const no_storage[] = {"buffer_file_limit", "1", "outbuf_overflow", "1000", NULL};

static void test_blame__an_answer_that_found_no_storage_is_one_error(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, no_storage);
  see_it_cut(&f, write_and_ignore, "The answer to /path was cut: temporary file: no more bytes",
             WS_LOG_ERROR);
  assert_int_equal(fixture_lines(&f), 1);
}

/* What the application says of it comes behind it, at info. */
static void test_blame__what_follows_a_lost_answer_is_no_error(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, no_storage);
  see_it_cut(&f, write_and_tell, "The answer was cut before while serving /path: ", WS_LOG_ERROR);
  assert_int_equal(fixture_lines(&f), 2);
}

/* Writes until the client has left, and returns what it was told. */
static ws_status write_without_end(ws_request* request, void* app_data) {
  static const char piece[65536];
  (void)app_data;
  ws_status status = ws_request_start(request, 200, NULL);
  ws_request_add_header(request, "Content-Length", "1000000000000");
  while (status == WS_OK) {
    status = ws_request_write(request, piece, sizeof piece);
  }
  return status;
}

static ws_status end_without_status(ws_request* request, void* app_data) {
  write_without_end(request, app_data);
  ws_request_end(request);
  return WS_OK;
}

static void leave_in_the_middle(ws_app_fn app, int lines) {
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, app, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET /path HTTP/1.1\r\nHost: a\r\n\r\n");
  free(client_read_bytes(fd, 100));
  client_close(fd);
  fixture_end(&f);
  assert_in_range(fixture_worst(&f), 0, WS_LOG_INFO);
  assert_int_equal(fixture_lines(&f), lines);
}

static void test_blame__a_client_that_leaves_is_nobody_s_fault(void** state) {
  (void)state;
  leave_in_the_middle(write_without_end, 1);
  leave_in_the_middle(end_without_status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_blame__what_is_no_file_is_refused_before_the_head),
      cmocka_unit_test(test_blame__content_length_says_how_much_of_a_file),
      cmocka_unit_test(test_blame__an_answer_without_its_file_names_both),
      cmocka_unit_test(test_blame__a_file_that_shrinks_is_a_warning),
      cmocka_unit_test(test_blame__an_answer_that_found_no_storage_is_one_error),
      cmocka_unit_test(test_blame__what_follows_a_lost_answer_is_no_error),
      cmocka_unit_test(test_blame__a_client_that_leaves_is_nobody_s_fault),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
