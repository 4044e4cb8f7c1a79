/* Making, starting and ending servers for tests. */
#define _GNU_SOURCE
#include "fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/cmocka.h"

static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;

static void keep_line(ws_severity severity, const char* line, void* log_data) {
  struct fixture* fixture = log_data;
  pthread_mutex_lock(&log_mutex);
  ++fixture->line_count;
  fixture->worst = (int)severity > fixture->worst ? (int)severity : fixture->worst;
  snprintf(fixture->last_line, sizeof fixture->last_line, "%s", line);
  pthread_mutex_unlock(&log_mutex);
}

void fixture_make(struct fixture* fixture, const char* const* options) {
  memset(fixture, 0, sizeof *fixture);
  fixture->server = ws_server_new();
  assert_non_null(fixture->server);
  assert_ok(ws_server_set(fixture->server, "loops", getenv("TEST_LOOPS")));
  int listens_elsewhere = 0;
  for (; options != NULL && *options != NULL; options += 2) {
    listens_elsewhere = listens_elsewhere || strcmp(options[0], "listen") == 0;
    assert_ok(ws_server_set(fixture->server, options[0], options[1]));
  }
  if (!listens_elsewhere) {
    assert_ok(ws_server_set(fixture->server, "listen", "127.0.0.1:0"));
  }
  assert_ok(ws_server_set(fixture->server, "log_level", "info"));
  assert_ok(ws_server_set_log(fixture->server, keep_line, fixture));
}

void fixture_start(struct fixture* fixture, ws_app_fn app, void* app_data) {
  assert_ok(ws_server_set_app(fixture->server, app, app_data));
  fixture_start_pulled(fixture);
}

void fixture_start_pulled(struct fixture* fixture) {
  assert_ok(ws_server_listen(fixture->server));
  fixture->port = ws_server_port(fixture->server, 0);
  assert_ok(ws_server_start(fixture->server));
}

void* fixture_pull(void* data) {
  const struct puller* puller = data;
  ws_worker* worker = ws_worker_new(puller->server);
  ws_request* request = NULL;
  ws_status status = WS_OK;
  while ((status = ws_worker_next(worker, 1000, &request)) != WS_CLOSED) {
    if (status == WS_OK) {
      assert_ok(puller->app(request, puller->app_data));
      ws_request_release(request);
    }
  }
  ws_worker_free(worker);
  return NULL;
}

void fixture_end(struct fixture* fixture) {
  ws_server_drain(fixture->server, 5000);
  assert_ok(ws_server_join(fixture->server));
  ws_server_free(fixture->server);
}

enum { ANY_POLICY = -1 };

/* Threads of this process with a policy, whose name begins so: the library's name themselves when
 * they begin. */
static int threads_named(const char* prefix, int policy) {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  for (const struct dirent* entry; (entry = readdir(tasks)) != NULL;) {
    char path[300];
    char name[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
    FILE* file = entry->d_name[0] != '.' ? fopen(path, "r") : NULL;
    if (file != NULL) {
      const pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
      count += fgets(name, sizeof name, file) != NULL &&
               strncmp(name, prefix, strlen(prefix)) == 0 &&
               (policy == ANY_POLICY || sched_getscheduler(thread) == policy);
      fclose(file);
    }
  }
  closedir(tasks);
  return count;
}

/* Twice in a row: while one thread ends, the list may leave out another. */
static void wait_for_threads(const char* prefix, int policy, int least, int most) {
  const struct timespec pause = {.tv_nsec = 1000000};
  int count = 0;
  for (int i = 0, in_a_row = 0; i < 10000 && in_a_row < 2; ++i) {
    count = threads_named(prefix, policy);
    in_a_row = least <= count && count <= most ? in_a_row + 1 : 0;
    nanosleep(&pause, NULL);
  }
  assert_in_range(count, least, most);
}

/* ThreadSanitizer has one of its own from the first other one on, and one more in a process that
 * was forked (into a network of its own). */
#ifdef __SANITIZE_THREAD__
enum { MOST_AT_REST = 3 };
#else
enum { MOST_AT_REST = 1 };
#endif

void fixture_assert_no_threads(void) {
  assert_in_range(threads_named("", ANY_POLICY), 1, MOST_AT_REST);
}

/* All threads are counted: one that has not begun has no name yet. */
void fixture_wait_for_threads(void) {
  wait_for_threads("", ANY_POLICY, 1, MOST_AT_REST);
}

void fixture_wait_for_workers(int count) {
  wait_for_threads("wserve-worker", ANY_POLICY, count, count);
}

void fixture_wait_for_loops(int policy, int count) {
  wait_for_threads("wserve-loop", policy, count, count);
}

void test_fixture__no_thread_is_left(void** state) {
  (void)state;
  fixture_wait_for_threads();
}

void fixture_wait_for_log(struct fixture* fixture, const char* text) {
  const struct timespec pause = {.tv_nsec = 1000000};
  for (int i = 0; i < 10000; ++i) {
    pthread_mutex_lock(&log_mutex);
    const int found = strstr(fixture->last_line, text) != NULL;
    pthread_mutex_unlock(&log_mutex);
    if (found) {
      return;
    }
    nanosleep(&pause, NULL);
  }
  print_error("the log's last line is \"%s\", not \"%s\"\n", fixture->last_line, text);
  fail();
}

int fixture_lines(const struct fixture* fixture) {
  pthread_mutex_lock(&log_mutex);
  const int count = fixture->line_count;
  pthread_mutex_unlock(&log_mutex);
  return count;
}

int fixture_worst(const struct fixture* fixture) {
  pthread_mutex_lock(&log_mutex);
  const int worst = fixture->worst;
  pthread_mutex_unlock(&log_mutex);
  return worst;
}

void fixture_wait_for_stat(struct fixture* fixture, const char* name, int64_t value) {
  const struct timespec pause = {.tv_nsec = 1000000};
  for (int i = 0; i < 10000 && ws_server_stat(fixture->server, name) != value; ++i) {
    nanosleep(&pause, NULL);
  }
  assert_int_equal(ws_server_stat(fixture->server, name), value);
}

int fixture_descriptors(void) {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != NULL) {
    ++count;
  }
  closedir(folder);
  return count;
}

void fixture_wait_for_descriptors(int count) {
  const struct timespec pause = {.tv_nsec = 1000000};
  for (int i = 0; i < 10000 && fixture_descriptors() != count; ++i) {
    nanosleep(&pause, NULL);
  }
  assert_int_equal(fixture_descriptors(), count);
}

void gate_make(struct gate* gate) {
  memset(gate, 0, sizeof *gate);
  pthread_mutex_init(&gate->mutex, NULL);
  pthread_cond_init(&gate->changed, NULL);
}

void gate_hold(struct gate* gate) {
  pthread_mutex_lock(&gate->mutex);
  ++gate->inside;
  pthread_cond_broadcast(&gate->changed);
  while (!gate->is_open) {
    pthread_cond_wait(&gate->changed, &gate->mutex);
  }
  pthread_mutex_unlock(&gate->mutex);
}

ws_status gate_pass(ws_request* request, void* gate) {
  gate_hold(gate);
  return ws_request_reply(request, 200, NULL, "x", 1);
}

int gate_calls(struct gate* gate) {
  pthread_mutex_lock(&gate->mutex);
  const int calls = gate->inside;
  pthread_mutex_unlock(&gate->mutex);
  return calls;
}

void gate_wait_for(struct gate* gate, int calls) {
  pthread_mutex_lock(&gate->mutex);
  while (gate->inside < calls) {
    pthread_cond_wait(&gate->changed, &gate->mutex);
  }
  pthread_mutex_unlock(&gate->mutex);
}

void gate_open(struct gate* gate) {
  pthread_mutex_lock(&gate->mutex);
  gate->is_open = 1;
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->mutex);
}

void assert_status_is(ws_status got, ws_status expected, const char* call, const char* file,
                      int line) {
  if (got != expected) {
    print_error("%s is %s (%s), not %s\n", call, ws_status_name(got), ws_last_error(),
                ws_status_name(expected));
    _fail(file, line);
  }
}

void assert_holds_at(const char* text, const char* part, const char* file, int line) {
  if (text == NULL || strstr(text, part) == NULL) {
    print_error("\"%s\"\ndoes not hold \"%s\"\n", text != NULL ? text : "(null)", part);
    _fail(file, line);
  }
}
