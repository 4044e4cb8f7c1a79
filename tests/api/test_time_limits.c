/* Time limits and what happens at them, with real sockets. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

static void start(struct fixture* f, const char* const* options) {
  fixture_make(f, options);
  fixture_start(f, hello, NULL);
}

static void assert_answered(int fd, int status) {
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, status);
  if (status == 503) {
    assert_string_equal(response_field(&response, "Retry-After"), "10");
    assert_true(client_sees_end(fd));
  }
  response_free(&response);
  client_close(fd);
}

static void test_time_limits__idle_connections_are_closed(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"channel_timeout", "0.3", "cleanup_interval", "0", NULL});
  const int fresh = client_connect(f.port);
  const int kept = client_connect(f.port);
  client_send_text(kept, get);
  struct response response = client_read(kept, 0);
  response_free(&response);
  /* Silently: no 408 for a request that nobody has begun. */
  assert_true(client_sees_end(fresh));
  assert_true(client_sees_end(kept));
  client_close(fresh);
  client_close(kept);
  fixture_end(&f);
}

static void assert_timed_out(const char* option, const char* request, const char* detail) {
  struct fixture f;
  start(&f, (const char*[]){option, "0.3", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, request);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 408);
  assert_holds(response.body, detail);
  assert_string_equal(response_field(&response, "Connection"), "close");
  response_free(&response);
  assert_true(client_sees_end(fd));
  client_close(fd);
  fixture_end(&f);
}

static void test_time_limits__a_slow_head_is_a_408(void** state) {
  (void)state;
  assert_timed_out("header_timeout", "GET / HTTP/1.1\r\nHo", "The request head took too long");
}

static void test_time_limits__a_slow_body_is_a_408(void** state) {
  (void)state;
  assert_timed_out("body_timeout", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel",
                   "The request body took too long");
}

/* A byte each time the server has been silent for a while. */
static void drip_until_answered(int fd) {
  struct pollfd waited = {.fd = fd, .events = POLLIN};
  for (int i = 0; i < 1000 && poll(&waited, 1, 50) == 0; ++i) {
    client_send(fd, "x", 1);
  }
}

static void test_time_limits__a_body_that_only_drips_is_a_408(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"body_timeout", "0.4", "body_min_rate", "1000", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n");
  drip_until_answered(fd);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 408);
  assert_holds(response.body, "The request body came too slowly");
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static void test_time_limits__a_head_that_drips_is_a_408(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"header_timeout", "0.4", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET / HTTP/1.1\r\nX: ");
  drip_until_answered(fd);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 408);
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static ws_status write_much(ws_request* request, void* app_data) {
  static char piece[1024 * 1024];
  (void)app_data;
  ws_status status = ws_request_start(request, 200, NULL);
  for (int i = 0; i < 64 && status == WS_OK; ++i) {
    status = ws_request_write(request, piece, sizeof piece);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

static void test_time_limits__a_client_that_does_not_read_is_cut(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f,
               (const char*[]){"write_timeout", "0.3", "outbuf_high_watermark", "100000", NULL});
  fixture_start(&f, write_much, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  fixture_wait_for_log(&f, "Client disconnected while serving /path");
  struct response response = client_read(fd, 0);
  assert_false(response.is_complete);
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static void test_time_limits__a_client_that_hardly_reads_is_cut(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"write_timeout", "0.4", "write_min_rate", "100000000",
                                   "outbuf_high_watermark", "100000", NULL});
  fixture_start(&f, write_much, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  char piece[65536];
  ssize_t n = 1;
  size_t read_in_all = 0;
  for (int i = 0; i < 1000 && n > 0; ++i) { /* 2 MB a second */
    n = recv(fd, piece, sizeof piece, 0);
    read_in_all += n > 0 ? (size_t)n : 0;
    usleep(30000);
  }
  assert_true(n <= 0 && read_in_all < (size_t)64 * 1024 * 1024);
  client_close(fd);
  fixture_end(&f);
}

static void test_time_limits__nobody_waits_for_a_thread_for_ever(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "queue_timeout", "0.3", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int answered = client_connect(f.port);
  client_send_text(answered, get);
  gate_wait_for(&gate, 1);
  const int waiting = client_connect(f.port);
  client_send_text(waiting, get);
  assert_answered(waiting, 503);
  gate_open(&gate);
  assert_answered(answered, 200);
  fixture_end(&f);
}

static void test_time_limits__an_application_that_never_answers_is_a_503(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "request_timeout", "0.3", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_answered(fd, 503);
  gate_open(&gate);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_time_limits__idle_connections_are_closed),
      cmocka_unit_test(test_time_limits__a_slow_head_is_a_408),
      cmocka_unit_test(test_time_limits__a_slow_body_is_a_408),
      cmocka_unit_test(test_time_limits__a_body_that_only_drips_is_a_408),
      cmocka_unit_test(test_time_limits__a_head_that_drips_is_a_408),
      cmocka_unit_test(test_time_limits__a_client_that_does_not_read_is_cut),
      cmocka_unit_test(test_time_limits__a_client_that_hardly_reads_is_cut),
      cmocka_unit_test(test_time_limits__nobody_waits_for_a_thread_for_ever),
      cmocka_unit_test(test_time_limits__an_application_that_never_answers_is_a_503),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/time_limits", tests, NULL, NULL);
}
