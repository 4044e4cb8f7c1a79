/* Limits of size and number, and what is refused at them, with real sockets. */
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

static void test_limits__connections_wait_at_the_limit(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"connection_limit", "2", NULL});
  const int first = client_connect(f.port);
  const int second = client_connect(f.port);
  struct response response;
  for (int i = 0; i < 2; ++i) { /* loops that accept at once may exceed the limit: now both count */
    const int fd = i == 0 ? first : second;
    client_send_text(fd, get);
    response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
  }
  const int third = client_connect(f.port); /* the kernel holds it */
  client_send_text(third, get);
  fixture_wait_for_log(&f, "total open connections reached the connection limit");
  struct pollfd waited = {.fd = third, .events = POLLIN};
  assert_int_equal(poll(&waited, 1, 200), 0);
  client_close(first);
  response = client_read(third, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(second);
  client_close(third);
  fixture_end(&f);
}

static void test_limits__connections_of_one_address_are_limited(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"connection_limit_per_address", "1", NULL});
  const int first = client_connect(f.port);
  client_send_text(first, get);
  struct response response = client_read(first, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  const int second = client_connect(f.port);
  response = client_read(second, 0);
  assert_int_equal(response.status, 503);
  assert_string_equal(response_field(&response, "Retry-After"), "10");
  response_free(&response);
  assert_true(client_sees_end(second));
  client_close(second);
  client_close(first);
  fixture_wait_for_stat(&f, "connections", 0);
  response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  fixture_end(&f);
}

/* It has sent its request before it is accepted: to close with that unread would be a reset, and
 * could take the answer away. */
static void test_limits__who_is_rejected_can_read_why(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(
      &f, (const char*[]){"threads", "0", "loops", "1", "connection_limit_per_address", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int answered = client_connect(f.port);
  client_send_text(answered, get);
  gate_wait_for(&gate, 1); /* it holds the loop */
  const int refused = client_connect(f.port);
  client_send_text(refused, get);
  gate_open(&gate);
  struct response response = client_read(refused, 0);
  assert_int_equal(response.status, 503);
  response_free(&response);
  for (int i = 0; i < 2; ++i) { /* a closed socket would answer the first with a reset */
    assert_int_equal(send(refused, get, sizeof get - 1, MSG_NOSIGNAL), sizeof get - 1);
  }
  assert_true(client_sees_orderly_end(refused));
  client_close(refused);
  assert_answered(answered, 200);
  fixture_end(&f);
}

static void test_limits__the_queue_has_a_length(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "queue_limit", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int answered = client_connect(f.port);
  client_send_text(answered, get);
  gate_wait_for(&gate, 1);
  const int waiting = client_connect(f.port);
  client_send_text(waiting, get);
  fixture_wait_for_stat(&f, "waiting", 1);
  const int refused = client_connect(f.port);
  client_send_text(refused, get);
  assert_answered(refused, 503);
  gate_open(&gate);
  assert_answered(answered, 200);
  assert_answered(waiting, 200);
  fixture_end(&f);
}

static ws_status count_body(ws_request* request, void* app_data) {
  static const char content[] = "body of the right size";
  (void)app_data;
  return ws_request_reply(request, ws_request_body_size(request) == 200000 ? 200 : 400, NULL,
                          content, sizeof content - 1);
}

static void send_large_body(int fd, size_t size) {
  char* body = calloc(1, size);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  client_send(fd, body, size);
  free(body);
}

static void test_limits__memory_of_all_connections_is_limited(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"buffer_memory_limit", "300000", NULL});
  fixture_start(&f, count_body, NULL);
  const int first = client_connect(f.port);
  const int second = client_connect(f.port);
  send_large_body(first, 199999);
  fixture_wait_for_stat(&f, "buffered", 196608);
  send_large_body(second, 200000); /* goes to a file */
  assert_answered(second, 200);
  assert_true(ws_server_stat(f.server, "buffered") <= 300000);
  client_send(first, "x", 1);
  assert_answered(first, 200);
  fixture_wait_for_stat(&f, "buffered", 0);
  fixture_end(&f);
}

static void test_limits__unfinished_heads_count_too(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"buffer_memory_limit", "40000", NULL});
  fixture_start(&f, count_body, NULL);
  char value[60000];
  memset(value, 'x', sizeof value);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
  client_send(fd, value, sizeof value);
  assert_answered(fd, 503);
  fixture_wait_for_stat(&f, "buffered", 0);
  fixture_end(&f);
}

static void test_limits__files_of_all_connections_are_limited(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"inbuf_overflow", "1000", "buffer_file_limit", "100000", NULL});
  fixture_start(&f, count_body, NULL);
  const int fd = client_connect(f.port);
  send_large_body(fd, 200000);
  assert_answered(fd, 503);
  fixture_end(&f);
}

static void test_limits__a_body_that_cannot_be_stored_is_a_503(void** state) {
  (void)state;
  struct fixture f;
  char folder[] = "/tmp/wserve-XXXXXX";
  assert_non_null(mkdtemp(folder));
  start(&f, (const char*[]){"temporary_directory", folder, "inbuf_overflow", "4", NULL});
  assert_int_equal(rmdir(folder), 0); /* it was there at the start */
  struct response response =
      client_ask(f.port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  assert_int_equal(response.status, 503);
  assert_string_equal(response_field(&response, "Retry-After"), "10");
  response_free(&response);
  response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  fixture_end(&f);
}

static ws_status read_body(ws_request* request, void* app_data) {
  (void)app_data;
  char body[16];
  const int64_t size = ws_request_read(request, body, sizeof body);
  return size < 0 ? (ws_status)size
                  : ws_request_reply(request, 200, "text/plain", body, (size_t)size);
}

static void test_limits__continue_is_sent_when_the_body_is_awaited(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, read_body, NULL);
  const int fd = client_connect(f.port);
  client_send_text(
      fd, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  char got[64] = "";
  assert_int_equal(recv(fd, got, 25, MSG_WAITALL), 25);
  assert_string_equal(got, "HTTP/1.1 100 Continue\r\n\r\n");
  client_send_text(fd, "hello");
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  assert_null(strstr(response.head, "100 Continue"));
  response_free(&response);
  /* It is here already: nothing to continue. */
  client_send_text(
      fd, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
  response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  assert_null(strstr(response.head, "100 Continue"));
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static void test_limits__one_byte_at_a_time_will_do(void** state) {
  (void)state;
  struct fixture f;
  start(&f, (const char*[]){"recv_bytes", "1", NULL});
  const int fd = client_connect(f.port);
  for (int i = 0; i < 2; ++i) {
    client_send_text(fd, get);
  }
  for (int i = 0; i < 2; ++i) {
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
  }
  client_close(fd);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_limits__connections_wait_at_the_limit),
      cmocka_unit_test(test_limits__connections_of_one_address_are_limited),
      cmocka_unit_test(test_limits__who_is_rejected_can_read_why),
      cmocka_unit_test(test_limits__the_queue_has_a_length),
      cmocka_unit_test(test_limits__memory_of_all_connections_is_limited),
      cmocka_unit_test(test_limits__unfinished_heads_count_too),
      cmocka_unit_test(test_limits__files_of_all_connections_are_limited),
      cmocka_unit_test(test_limits__a_body_that_cannot_be_stored_is_a_503),
      cmocka_unit_test(test_limits__continue_is_sent_when_the_body_is_awaited),
      cmocka_unit_test(test_limits__one_byte_at_a_time_will_do),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/limits", tests, NULL, NULL);
}
