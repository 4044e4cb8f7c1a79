/* examples/libuv.c: one thread, and many requests that wait at the same time. */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static const char get[] = "GET /world HTTP/1.1\r\nHost: a\r\n\r\n";

static int threads_of(const struct process* process) {
  char* path = format("/proc/%d/task", (int)process->pid);
  DIR* tasks = opendir(path);
  int count = 0;
  for (const struct dirent* entry; (entry = readdir(tasks)) != NULL;) {
    count += entry->d_name[0] != '.';
  }
  closedir(tasks);
  free(path);
  return count;
}

static void test_libuv__one_thread_answers_all(void** state) {
  (void)state;
  enum { CLIENTS = 50 };
  struct process process = process_start((const char*[]){EXAMPLES "/libuv", "127.0.0.1:0", NULL});
  const int port = process_read_port(&process);
  int fds[CLIENTS];
  for (int i = 0; i < CLIENTS; ++i) {
    fds[i] = client_connect(port);
    client_send_text(fds[i], get);
  }
  for (int i = 0; i < CLIENTS; ++i) {
    struct response response = client_read(fds[i], 0);
    assert_string_equal(response.body, "answered by a timer\n");
    response_free(&response);
  }
  assert_int_equal(threads_of(&process), 1);
  /* One more that has been asked already is answered when it stops. */
  client_send_text(fds[0], get);
  process_signal(&process, SIGTERM);
  struct response response = client_read(fds[0], 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  for (int i = 0; i < CLIENTS; ++i) {
    client_close(fds[i]);
  }
  char* line = process_wait_for(&process, "stopped");
  assert_non_null(line);
  free(line);
  assert_int_equal(process_finish(&process, NULL, NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_libuv__one_thread_answers_all),
  };
  return cmocka_run_group_tests_name("examples/libuv", tests, NULL, NULL);
}
