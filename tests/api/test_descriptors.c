/* A process that may open no more descriptors: the limit is the system's own, the sockets are real,
 * and the server runs in a process of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"
#include "syscall_faults.h"

enum { ROOM = 20, KEPT = 12, CROWD = 40, LARGE = 300000, RETRIES = 12, TURNS = 100 };

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/* How many clients are connected; a file where there is one; more than a socket takes. */
static ws_status serve(ws_request* request, void* server) {
  static char large[LARGE];
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/file") == 0) {
    const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
      close(file);
      return ws_request_reply(request, 200, NULL, "opened", 6);
    }
    return ws_request_fail(request, strerror(errno));
  }
  if (strcmp(path, "/large") == 0) {
    ws_status status = ws_request_start(request, 200, NULL);
    for (int i = 0; i < 30 && status == WS_OK; ++i) {
      status = ws_request_write(request, large, sizeof large);
    }
    return status == WS_OK ? ws_request_end(request) : status;
  }
  char number[20];
  snprintf(number, sizeof number, "%d", (int)ws_server_stat(server, "connections"));
  return ws_request_reply(request, 200, NULL, number, strlen(number));
}

static ws_server* stopped_by_signal;
static void on_signal(int number) {
  (void)number;
  ws_server_stop(stopped_by_signal);
}

/* So many descriptors are left, and no more can be had. */
static void leave_descriptors(int count) {
  const int first_free = dup(0);
  close(first_free);
  close_range((unsigned)first_free, ~0U, 0);
  const struct rlimit limit = {(rlim_t)(first_free + count), (rlim_t)(first_free + count)};
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void run_starving(ws_server* server, int loops) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGTERM, on_signal);
  stopped_by_signal = server;
  leave_descriptors(ROOM + 4 * loops);
  _exit(ws_server_run(server) == WS_OK ? 0 : 1);
}

/* Its log is its output. `metrics_port` gets that of the listener for those who watch; NULL: none.
 */
static struct process start_starving_server(int loops, int* port, int* metrics_port) {
  int log[2];
  assert_int_equal(pipe2(log, O_CLOEXEC), 0);
  char* log_fd = format("%d", log[1]);
  char* loop_count = format("%d", loops);
  struct fixture f;
  fixture_make(&f, (const char*[]){"loops", loop_count, "log_fd", log_fd, "header_timeout", "1",
                                   "inbuf_overflow", "1000", "outbuf_overflow", "1000", NULL});
  assert_ok(ws_server_set(f.server, "log_level", "warning"));
  assert_ok(ws_server_set_log(f.server, NULL, NULL));
  assert_ok(ws_server_set_app(f.server, serve, f.server));
  if (metrics_port != NULL) {
    assert_ok(ws_server_set(f.server, "metrics_listen", "127.0.0.1:0"));
  }
  assert_ok(ws_server_listen(f.server));
  *port = ws_server_port(f.server, 0);
  if (metrics_port != NULL) {
    *metrics_port = atoi(strrchr(ws_server_metrics_address(f.server, 0), ':') + 1);
  }
  struct process process = {.pid = fork(), .out = log[0], .err = open("/dev/null", O_CLOEXEC)};
  if (process.pid == 0) {
    run_starving(f.server, loops);
  }
  close(log[1]);
  ws_server_free(f.server);
  free(loop_count);
  free(log_fd);
  return process;
}

static void wait_for_line(struct process* process, const char* text) {
  char* line = process_wait_for(process, text);
  assert_non_null(line);
  free(line);
}

/* Connections that the server has, as it says on one of them. */
static int connections(int fd) {
  client_send_text(fd, get);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  const int count = atoi(response.body);
  response_free(&response);
  return count;
}

/* Waits until so many of the crowd have got in: they have an answer. */
static void wait_for_answers(const int* crowd, int most) {
  struct pollfd waited[CROWD];
  for (int i = 0; i < CROWD; ++i) {
    waited[i] = (struct pollfd){.fd = crowd[i], .events = POLLIN};
  }
  int count = 0;
  for (int i = 0; i < 10000 && count != most; ++i) {
    count = poll(waited, CROWD, 0);
    usleep(1000);
  }
  assert_int_equal(count, most);
}

static void expect(int fd, int status) {
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, status);
  if (status == 503) {
    assert_string_equal(response_field(&response, "Retry-After"), "10");
  }
  response_free(&response);
}

/* The server's own clock closes this client a second from now. The loop must not spin meanwhile:
 * it may look a few times whether there are descriptors. */
static void assert_calm(int slow, int loops) {
  const long accept_calls = faults_accept_calls();
  const long turns = faults_turns();
  client_send_text(slow, "GET /");
  expect(slow, 408);
  assert_in_range(faults_accept_calls() - accept_calls, 1, RETRIES * loops);
  assert_in_range(faults_turns() - turns, 1, TURNS * loops);
  client_close(slow);
}

static void send_large_body(int fd) {
  static char body[LARGE];
  char* head = format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LARGE);
  client_send_text(fd, head);
  client_send(fd, body, sizeof body);
  free(head);
}

static void assert_cut(struct process* server, int fd) {
  client_send_text(fd, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  wait_for_line(server, "The answer to /large was cut: temporary file");
  struct response response = client_read(fd, 0);
  assert_false(response.is_complete);
  response_free(&response);
  client_close(fd);
}

static void starve(int loops) {
  int port = 0;
  struct process server = start_starving_server(loops, &port, NULL);
  wait_for_line(&server, "connection_limit=1000 needs about ");
  int kept[KEPT];
  for (int i = 0; i < KEPT; ++i) {
    kept[i] = client_connect(port);
    assert_int_equal(connections(kept[i]), i + 1);
  }
  int crowd[CROWD];
  for (int i = 0; i < CROWD; ++i) {
    crowd[i] = client_connect(port); /* the backlog takes it */
    client_send_text(crowd[i], get);
  }
  wait_for_line(&server, "cannot accept connections: Too many open files");
  int inside = ROOM - KEPT;
  wait_for_answers(crowd, inside);
  assert_calm(kept[1], loops);
  wait_for_answers(crowd, ++inside); /* whoever waited has the place */
  send_large_body(kept[2]);
  expect(kept[2], 503);
  wait_for_line(&server, "The request body cannot be stored: temporary file in");
  client_close(kept[2]);
  wait_for_answers(crowd, ++inside);
  client_send_text(kept[3], "GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(kept[3], 500);
  wait_for_line(&server, "serving /file: Too many open files");
  client_close(kept[3]);
  wait_for_answers(crowd, ++inside);
  assert_cut(&server, kept[4]);
  for (int i = 0; i < CROWD; ++i) {
    expect(crowd[i], 200);
    client_close(crowd[i]);
  }
  for (int i = 5; i < KEPT; ++i) {
    assert_true(connections(kept[i]) > 0);
    client_close(kept[i]);
  }
  client_send_text(kept[0], "GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(kept[0], 200);
  client_close(kept[0]);
  assert_int_equal(process_end(&server), 0);
}

static void test_descriptors__without_any_left_nobody_else_is_hurt(void** state) {
  (void)state;
  starve(1);
}

static void test_descriptors__nor_with_two_loops(void** state) {
  (void)state;
  starve(2);
}

static void test_descriptors__who_watches_waits_and_does_no_harm(void** state) {
  (void)state;
  int port = 0;
  int metrics_port = 0;
  struct process server = start_starving_server(1, &port, &metrics_port);
  const int slow = client_connect(port);
  assert_int_equal(connections(slow), 1);
  int crowd[CROWD];
  for (int i = 0; i < CROWD; ++i) {
    crowd[i] = client_connect(port);
    client_send_text(crowd[i], get);
  }
  wait_for_line(&server, "cannot accept connections: Too many open files");
  const int watcher = client_connect(metrics_port);
  client_send_text(watcher, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_calm(slow, 1);
  for (int i = 0; i < CROWD; ++i) {
    client_close(crowd[i]);
  }
  expect(watcher, 200);
  client_close(watcher);
  assert_int_equal(process_end(&server), 0);
}

/* Whatever is missing: an error, and what was opened is closed again. */
static void test_descriptors__without_enough_a_server_does_not_start(void** state) {
  (void)state;
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const int first_free = dup(0);
  close(first_free);
  int has_started = 0;
  for (int left = 0; !has_started; ++left) {
    assert_true(left < 20);
    struct fixture f;
    fixture_make(&f, (const char*[]){"loops", "2", NULL});
    assert_ok(ws_server_set_app(f.server, serve, f.server));
    const struct rlimit limit = {(rlim_t)(first_free + left), before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &limit);
    const ws_status status = ws_server_start(f.server);
    setrlimit(RLIMIT_NOFILE, &before);
    has_started = status == WS_OK;
    assert_true(has_started || status == WS_ESYSTEM);
    ws_server_free(f.server);
    fixture_wait_for_threads();
    const int next_free = dup(0);
    close(next_free);
    assert_int_equal(next_free, first_free);
  }
}

static void test_descriptors__too_few_for_the_limit_are_warned_of(void** state) {
  (void)state;
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const struct rlimit limit = {100, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &limit);
  struct fixture f;
  fixture_make(&f, (const char*[]){"connection_limit", "90", NULL});
  fixture_start(&f, serve, NULL);
  assert_holds(f.last_line, "connection_limit=90 needs about 111 file descriptors");
  assert_holds(f.last_line, "the process may have 100: raise RLIMIT_NOFILE");
  fixture_end(&f);
  fixture_make(&f, (const char*[]){"connection_limit", "79", NULL});
  fixture_start(&f, serve, NULL);
  assert_int_equal(fixture_lines(&f), 0);
  fixture_end(&f);
  setrlimit(RLIMIT_NOFILE, &before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_descriptors__without_any_left_nobody_else_is_hurt),
      cmocka_unit_test(test_descriptors__nor_with_two_loops),
      cmocka_unit_test(test_descriptors__who_watches_waits_and_does_no_harm),
      cmocka_unit_test(test_descriptors__without_enough_a_server_does_not_start),
      cmocka_unit_test(test_descriptors__too_few_for_the_limit_are_warned_of),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  faults_spare_this_thread();
  faults_share_counts();
  return cmocka_run_group_tests_name("api/descriptors", tests, NULL, NULL);
}
