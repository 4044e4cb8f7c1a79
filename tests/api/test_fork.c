/* fork() between ws_server_new(), ws_server_listen() and ws_server_run(). Not for valgrind: in the
 * child it sees what only the parent can free. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

static ws_server* stopped_by_signal;
static void on_signal(int number) {
  (void)number;
  ws_server_stop(stopped_by_signal);
}

static void test_fork__a_server_made_before_runs_in_the_child(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_set_app(f.server, hello, NULL));
  assert_ok(ws_server_listen(f.server));
  const int port = ws_server_port(f.server, 0);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    signal(SIGTERM, on_signal);
    stopped_by_signal = f.server;
    _exit(ws_server_run(f.server) == WS_OK ? 0 : 1);
  }
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  kill(child, SIGTERM);
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
  ws_server_free(f.server);
}

static ws_status end_thread(ws_request* request, void* app_data) {
  (void)request;
  (void)app_data;
  pthread_exit(NULL);
}

/* Another thread of the pool would be a matter of course; another event loop cannot be had. */
static void test_fork__a_process_whose_loop_thread_is_ended_says_so_and_ends(void** state) {
  (void)state;
  int log[2];
  assert_int_equal(pipe2(log, O_CLOEXEC), 0);
  char* log_fd = format("%d", log[1]);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", "log_fd", log_fd, NULL});
  assert_ok(ws_server_set_log(f.server, NULL, NULL));
  assert_ok(ws_server_set_app(f.server, end_thread, NULL));
  assert_ok(ws_server_listen(f.server));
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO); /* the C++ library has a word, too */
    ws_server_run(f.server);
    _exit(0);
  }
  close(log[1]);
  struct response response = client_ask(ws_server_port(f.server, 0), get);
  assert_int_not_equal(response.status, 200);
  response_free(&response);
  char line[300] = "";
  assert_true(read(log[0], line, sizeof line - 1) > 0);
  assert_holds(line, "error: the application has ended the thread of the event loop");
  close(log[0]);
  int result = -1;
  waitpid(child, &result, 0);
  assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGABRT);
  ws_server_free(f.server);
  free(log_fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fork__a_server_made_before_runs_in_the_child),
      cmocka_unit_test(test_fork__a_process_whose_loop_thread_is_ended_says_so_and_ends),
  };
  return cmocka_run_group_tests_name("api/fork", tests, NULL, NULL);
}
