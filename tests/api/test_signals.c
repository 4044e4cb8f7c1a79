/* A storm of signals whose handler was installed without SA_RESTART, aimed at each thread that does
 * not block them: the host program's, and those of a pool whose application has unblocked them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { LARGE = 300000, REQUESTS = 20, ENOUGH = 200 };

static atomic_long handled;
static atomic_int is_over;

static void on_storm(int number) {
  (void)number;
  ++handled;
}

static void unblock(void) {
  sigset_t storm;
  sigemptyset(&storm);
  sigaddset(&storm, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &storm, NULL);
}

/* Sends back what it got. */
static ws_status echo(ws_request* request, void* app_data) {
  char piece[5000];
  int64_t got;
  (void)app_data;
  unblock();
  ws_status status = ws_request_start(request, 200, NULL);
  while (status == WS_OK && (got = ws_request_read(request, piece, sizeof piece)) > 0) {
    status = ws_request_write(request, piece, (size_t)got);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

/* At every thread but its own and the test's. */
static void* storm(void* unused) {
  const pid_t process = getpid();
  while (!is_over) {
    DIR* tasks = opendir("/proc/self/task");
    for (const struct dirent* entry; (entry = readdir(tasks)) != NULL;) {
      const pid_t thread = atoi(entry->d_name);
      if (thread > 0 && thread != gettid() && thread != process) {
        syscall(SYS_tgkill, process, thread, SIGUSR1);
      }
    }
    closedir(tasks);
    usleep(100);
  }
  return unused;
}

static void* run(void* server) {
  return (void*)(intptr_t)ws_server_run(server);
}

static void ask(int port) {
  static char body[LARGE];
  const int fd = client_connect(port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
  client_send(fd, body, sizeof body);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  assert_true(response.is_complete);
  assert_int_equal(response.body_size, LARGE);
  response_free(&response);
  client_close(fd);
}

/* The server runs on a thread of the test's, and so do its workers when there is no application. */
static void serve_in_a_storm(const char* threads, ws_app_fn app) {
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", threads, "inbuf_overflow", "1000", "outbuf_overflow",
                                   "1000", NULL});
  if (app != NULL) {
    assert_ok(ws_server_set_app(f.server, app, NULL));
  }
  assert_ok(ws_server_listen(f.server));
  pthread_t runner;
  pthread_t worker;
  pthread_t sender;
  is_over = 0;
  handled = 0;
  pthread_create(&runner, NULL, run, f.server);
  struct puller puller = {f.server, echo, NULL};
  if (app == NULL) {
    pthread_create(&worker, NULL, fixture_pull, &puller);
  }
  pthread_create(&sender, NULL, storm, NULL);
  for (int i = 0; i < REQUESTS || handled < ENOUGH; ++i) {
    ask(ws_server_port(f.server, 0));
  }
  ws_server_drain(f.server, 5000);
  void* status = NULL;
  pthread_join(runner, &status);
  assert_int_equal((intptr_t)status, WS_OK);
  if (app == NULL) {
    pthread_join(worker, NULL);
  }
  is_over = 1;
  pthread_join(sender, NULL);
  ws_server_free(f.server);
}

static void test_signals__disturb_no_pool(void** state) {
  (void)state;
  serve_in_a_storm("2", echo);
}

static void test_signals__disturb_no_loop_that_runs_the_application(void** state) {
  (void)state;
  serve_in_a_storm("0", echo);
}

static void test_signals__disturb_no_worker_that_pulls(void** state) {
  (void)state;
  serve_in_a_storm("2", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_signals__disturb_no_pool),
      cmocka_unit_test(test_signals__disturb_no_loop_that_runs_the_application),
      cmocka_unit_test(test_signals__disturb_no_worker_that_pulls),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  const struct sigaction action = {.sa_handler = on_storm};
  sigaction(SIGUSR1, &action, NULL);
  return cmocka_run_group_tests_name("api/signals", tests, NULL, NULL);
}
