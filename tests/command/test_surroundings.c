/* What whoever starts the wserve command does to it: streams that are closed or not read, a
 * terminal that goes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static void test_surroundings__outlives_its_terminal_under_nohup(void** state) {
  (void)state;
  char* command = format("trap '' HUP; exec %s --listen=127.0.0.1:0 hello", WSERVE);
  struct process process = process_start((const char*[]){"/bin/sh", "-c", command, NULL});
  const int port = process_read_port(&process);
  process_signal(&process, SIGHUP);
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  assert_int_equal(process_end(&process), 0);
  free(command);
}

static void test_surroundings__closed_standard_streams_become_no_sockets(void** state) {
  (void)state;
  const int port = free_port();
  char* command = format("exec %s --listen=127.0.0.1:%d hello <&- >&- 2>&-", WSERVE, port);
  struct process process = process_start((const char*[]){"/bin/sh", "-c", command, NULL});
  process_wait_for_port(&process, "127.0.0.1", port);
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    char target[64] = "";
    char* link = format("/proc/%d/fd/%d", process.pid, fd);
    assert_true(readlink(link, target, sizeof target - 1) > 0);
    assert_string_equal(target, "/dev/null");
    free(link);
  }
  assert_int_equal(process_end(&process), 0);
  free(command);
}

/* A pipe that is full takes nothing more until somebody reads. */
static void test_surroundings__does_not_wait_for_whoever_reads_its_log(void** state) {
  (void)state;
  struct process process = process_start(
      (const char*[]){WSERVE, "--listen=127.0.0.1:0", "--log-level=info", "hello", NULL});
  const int port = process_read_port(&process);
  assert_true(fcntl(process.err, F_SETPIPE_SZ, 4096) > 0);
  for (int i = 0; i < 100; ++i) {
    struct response response = client_ask(port, "GET /#/ HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(response.status, 400);
    response_free(&response);
  }
  process_signal(&process, SIGTERM);
  char* err = NULL;
  assert_int_equal(process_finish(&process, NULL, &err), 0);
  assert_non_null(strstr(err, "wserve: info: refused a request from 127.0.0.1: 400 Bad URI\n"));
  assert_true(strlen(err) < 8192);
  free(err);
}

/* A socket that was handed over is not handed on to what the application starts. */
static void test_surroundings__an_inherited_socket_goes_no_further(void** state) {
  (void)state;
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(listen(fd, 16), 0);
  char* address = format("--listen=fd:%d", fd);
  struct process process = process_start((const char*[]){WSERVE, address, "hello", NULL});
  const int port = process_read_port(&process);
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  char* path = format("/proc/%d/fdinfo/%d", process.pid, fd);
  FILE* info = fopen(path, "r");
  assert_non_null(info);
  long position = -1;
  unsigned flags = 0;
  assert_int_equal(fscanf(info, "pos: %ld flags: %o", &position, &flags), 2);
  fclose(info);
  assert_true((flags & O_CLOEXEC) != 0);
  assert_int_equal(process_end(&process), 0);
  free(path);
  free(address);
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_surroundings__outlives_its_terminal_under_nohup),
      cmocka_unit_test(test_surroundings__closed_standard_streams_become_no_sockets),
      cmocka_unit_test(test_surroundings__does_not_wait_for_whoever_reads_its_log),
      cmocka_unit_test(test_surroundings__an_inherited_socket_goes_no_further),
  };
  return cmocka_run_group_tests_name("surroundings", tests, NULL, NULL);
}
