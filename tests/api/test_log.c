/* Where log lines go without a callback. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { LONG = 20000 };

static ws_status fail_as_told(ws_request* request, void* text) {
  return ws_request_fail(request, text);
}

/* A server whose log goes into a pipe. */
struct logging {
  ws_server* server;
  int read_end;
  int write_end;
  int port;
};

static void start(struct logging* logging, const char* text) {
  int ends[2];
  char number[16];
  assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
  snprintf(number, sizeof number, "%d", ends[1]);
  logging->read_end = ends[0];
  logging->write_end = ends[1];
  logging->server = ws_server_new();
  assert_ok(ws_server_set(logging->server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(logging->server, "log_fd", number));
  assert_ok(ws_server_set_app(logging->server, fail_as_told, (void*)text));
  assert_ok(ws_server_listen(logging->server));
  logging->port = ws_server_port(logging->server, 0);
  assert_ok(ws_server_start(logging->server));
}

static void ask(const struct logging* logging) {
  struct response response = client_ask(logging->port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(response.status, 500);
  response_free(&response);
}

static void stop(struct logging* logging) {
  ws_server_stop(logging->server);
  assert_ok(ws_server_join(logging->server));
  ws_server_free(logging->server);
  close(logging->write_end);
}

/* Up to and with the line end. */
static size_t read_line(int fd, char* line, size_t capacity) {
  size_t size = 0;
  while (size < capacity && (size == 0 || line[size - 1] != '\n')) {
    const ssize_t n = read(fd, line + size, capacity - size);
    assert_true(n > 0);
    size += (size_t)n;
  }
  return size;
}

static void test_log__goes_to_a_descriptor(void** state) {
  (void)state;
  struct logging logging;
  char line[256] = "";
  start(&logging, "on purpose");
  ask(&logging);
  read_line(logging.read_end, line, sizeof line - 1);
  assert_string_equal(line, "wserve: error: Exception while serving /: on purpose\n");
  close(logging.read_end);
  ask(&logging); /* nobody reads: no SIGPIPE */
  ask(&logging);
  stop(&logging);
}

/* More than a pipe takes in one piece. */
static void test_log__long_lines_come_whole(void** state) {
  (void)state;
  static char text[LONG + 1];
  static char line[2 * LONG];
  static const char begin[] = "wserve: error: Exception while serving /: ";
  struct logging logging;
  memset(text, 'x', LONG);
  start(&logging, text);
  ask(&logging);
  assert_int_equal(read_line(logging.read_end, line, sizeof line), strlen(begin) + LONG + 1);
  assert_memory_equal(line, begin, strlen(begin));
  assert_memory_equal(line + strlen(begin), text, LONG);
  close(logging.read_end);
  stop(&logging);
}

/* A pipe of two pages holds the first line, and no other until it is read. */
static void test_log__tells_how_many_lines_were_lost(void** state) {
  (void)state;
  enum { ABOVE_A_PAGE = 6000 };
  static char text[ABOVE_A_PAGE + 1];
  static char line[2 * ABOVE_A_PAGE];
  static const char notice[] = "wserve: warning: 2 line(s) of this log were lost: nobody read\n";
  struct logging logging;
  memset(text, 'x', ABOVE_A_PAGE);
  start(&logging, text);
  assert_int_equal(fcntl(logging.read_end, F_SETPIPE_SZ, 8192), 8192);
  for (int i = 0; i < 3; ++i) {
    ask(&logging);
  }
  assert_true(read_line(logging.read_end, line, sizeof line) > ABOVE_A_PAGE);
  ask(&logging);
  assert_true(read_line(logging.read_end, line, strlen(notice)) == strlen(notice));
  assert_memory_equal(line, notice, strlen(notice));
  close(logging.read_end);
  stop(&logging);
}

static void test_log__needs_an_open_descriptor(void** state) {
  (void)state;
  char number[16];
  char message[64];
  const int fd = dup(0);
  close(fd);
  snprintf(number, sizeof number, "%d", fd);
  snprintf(message, sizeof message, "log_fd %d: Bad file descriptor", fd);
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "log_fd", number));
  assert_status(ws_server_listen(server), WS_ESYSTEM);
  assert_string_equal(ws_last_error(), message);
  ws_server_free(server);
}

static void test_log__needs_a_descriptor_that_can_be_written(void** state) {
  (void)state;
  char number[16];
  char message[64];
  const int fd = open("/dev/null", O_RDONLY);
  snprintf(number, sizeof number, "%d", fd);
  snprintf(message, sizeof message, "log_fd %d is open for reading only", fd);
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "log_fd", number));
  assert_status(ws_server_listen(server), WS_EINVAL);
  assert_string_equal(ws_last_error(), message);
  ws_server_free(server);
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_log__goes_to_a_descriptor),
      cmocka_unit_test(test_log__long_lines_come_whole),
      cmocka_unit_test(test_log__tells_how_many_lines_were_lost),
      cmocka_unit_test(test_log__needs_an_open_descriptor),
      cmocka_unit_test(test_log__needs_a_descriptor_that_can_be_written),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
