/* slow_request: what takes long is said in the log, and goes on. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"

static const char get[] = "GET /slow?q HTTP/1.1\r\nHost: a\r\n\r\n";

static void stays(int number) {
  (void)number;
}

static void expect_answer(int fd) {
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(fd);
}

static void test_slow__a_request_is_named_and_goes_on(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"slow_request", "0.1", "request_id_header", "X-Request-ID",
                                   "trusted_proxy", "127.0.0.1", "trusted_proxy_headers",
                                   "x-request-id", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET /slow?q HTTP/1.1\r\nHost: a\r\nX-Request-ID: its-id\r\n\r\n");
  gate_wait_for(&gate, 1);
  fixture_wait_for_log(&f, "GET /slow (its-id) has been running for ");
  fixture_wait_for_log(&f, "(wserve-worker) has taken it");
  while (fixture_lines(&f) < 3) {
    usleep(1000); /* twice as long, and twice that */
  }
  assert_int_equal(fixture_worst(&f), WS_LOG_WARNING);
  gate_open(&gate);
  expect_answer(fd);
  fixture_end(&f);
}

/* The client has its answer, and the thread is as stuck as before. */
static void test_slow__the_end_of_its_time_ends_nothing(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"slow_request", "0.1", "request_timeout", "0.1", NULL});
  fixture_start(&f, gate_pass, &gate);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 503);
  response_free(&response);
  const int before = fixture_lines(&f);
  while (fixture_lines(&f) < before + 2) {
    usleep(1000);
  }
  fixture_wait_for_log(&f, "GET /slow has been running for ");
  gate_open(&gate);
  fixture_end(&f);
}

/* By itself: another thread would need a /proc that may be written. */
static void* pull_under_a_name(void* puller) {
  assert_int_equal(pthread_setname_np(pthread_self(), "my-thread"), 0);
  return fixture_pull(puller);
}

static void test_slow__threads_that_pull_are_named(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"slow_request", "0.1", NULL});
  struct puller puller = {f.server, gate_pass, &gate};
  pthread_t thread;
  pthread_create(&thread, NULL, pull_under_a_name, &puller);
  fixture_start_pulled(&f);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  fixture_wait_for_log(&f, "(my-thread) has taken it");
  gate_open(&gate);
  expect_answer(fd);
  ws_server_stop(f.server);
  pthread_join(thread, NULL);
  fixture_end(&f);
}

/* The application keeps the loop's own thread. */
static void test_slow__a_loop_that_does_not_turn_is_named(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"slow_request", "0.1", "threads", "0", "loops", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int idle = client_connect(f.port);
  fixture_wait_for_stat(&f, "connections", 1);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  fixture_wait_for_log(&f, "event loop 0 has not turned for ");
  gate_open(&gate);
  expect_answer(fd);
  client_close(idle);
  fixture_end(&f);
}

/* Waits for a line of the log that holds a text, and passes over all others. */
static void take_until(ws_server* server, const char* text) {
  struct pollfd waited = {.fd = ws_server_log_fd(server), .events = POLLIN, .revents = 0};
  ws_severity severity = WS_LOG_DEBUG;
  const char* line = "";
  size_t size = 0;
  do {
    if (ws_server_take_log(server, &severity, &line, &size) == WS_TIMEOUT) {
      assert_int_equal(poll(&waited, 1, 60000), 1);
      line = "";
    }
  } while (strstr(line, text) == NULL);
}

/* The fixture keeps the last line only, and a stack has many. A frame of the test's own would need
 * this program's symbols: that of libc, where the thread waits, has some always. */
static void test_slow__the_stack_of_a_thread_of_c_is_told(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "slow_request", "0.1"));
  assert_ok(ws_server_set(server, "slow_request_stack", "signal"));
  assert_ok(ws_server_keep_log(server, 1000));
  assert_ok(ws_server_set_app(server, gate_pass, &gate));
  assert_ok(ws_server_listen(server));
  assert_ok(ws_server_start(server));
  const int fd = client_connect(ws_server_port(server, 0));
  client_send_text(fd, get);
  take_until(server, "GET /slow has been running for ");
  take_until(server, "pthread_cond_wait");
  gate_open(&gate);
  expect_answer(fd);
  ws_server_stop(server);
  assert_ok(ws_server_join(server));
  ws_server_free(server);
}

static void test_slow__a_signal_of_the_programs_own_stays_its_own(void** state) {
  (void)state;
  struct sigaction own;
  memset(&own, 0, sizeof own);
  struct sigaction before;
  own.sa_handler = stays;
  sigaction(SIGURG, &own, &before);
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"slow_request", "0.1", "slow_request_stack", "signal", NULL});
  fixture_start(&f, gate_pass, &gate);
  fixture_wait_for_log(&f, "slow_request_stack=signal needs SIGURG, which the program uses");
  gate_open(&gate);
  fixture_end(&f);
  sigaction(SIGURG, &before, &own);
  assert_true(own.sa_handler == stays);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_slow__a_signal_of_the_programs_own_stays_its_own),
      cmocka_unit_test(test_slow__the_stack_of_a_thread_of_c_is_told),
      cmocka_unit_test(test_slow__a_request_is_named_and_goes_on),
      cmocka_unit_test(test_slow__the_end_of_its_time_ends_nothing),
      cmocka_unit_test(test_slow__threads_that_pull_are_named),
      cmocka_unit_test(test_slow__a_loop_that_does_not_turn_is_named),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/slow", tests, NULL, NULL);
}
