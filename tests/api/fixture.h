/* A server that runs on threads of its own, for tests of the C interface. */
#ifndef API_FIXTURE_H
#define API_FIXTURE_H

#include <pthread.h>

#include <wserve/wserve.h>

struct fixture {
  ws_server* server;
  int port;
  int line_count;       /* of the log */
  int worst;            /* severity in it */
  char last_line[1024]; /* of the log */
};

/* Makes a server that listens on a free port of 127.0.0.1, logs into the fixture, has as many loops
 * as $TEST_LOOPS says, and has these further options: name, value, ..., NULL. It does not run yet.
 */
void fixture_make(struct fixture* fixture, const char* const* options);
/* Gives it an application and starts it. */
void fixture_start(struct fixture* fixture, ws_app_fn app, void* app_data);
/* Starts it without one. */
void fixture_start_pulled(struct fixture* fixture);
/* Such a server's requests, and who answers them. */
struct puller {
  ws_server* server;
  ws_app_fn app;
  void* app_data;
};
/* A thread of the program's: pulls and answers until the server has stopped. */
void* fixture_pull(void* puller);
/* Stops it and waits until it has stopped. */
void fixture_end(struct fixture* fixture);

/* This process has one thread only, as behind ws_server_join(). */
void fixture_assert_no_threads(void);
/* Waits until it is so: those of a server that nobody has joined end on their own. */
void fixture_wait_for_threads(void);
/* Waits until so many of them run the application. */
void fixture_wait_for_workers(int count);
/* Waits until so many event loops have a thread with a policy of sched(7). */
void fixture_wait_for_loops(int policy, int count);
/* The last test of a group. Not a tear-down: what fails there does not fail the program. */
void test_fixture__no_thread_is_left(void** state);

/* Waits until the log holds a text. */
void fixture_wait_for_log(struct fixture* fixture, const char* text);
/* Its lines so far. */
int fixture_lines(const struct fixture* fixture);
/* The gravest line of the log so far, a ws_severity. */
int fixture_worst(const struct fixture* fixture);

/* Waits until ws_server_stat() says so: it follows what clients see. */
void fixture_wait_for_stat(struct fixture* fixture, const char* name, int64_t value);

/* Open descriptors of this process. */
int fixture_descriptors(void);
/* Waits until there are so many: a thread that still answers a client who has left may have a
 * temporary file for a moment longer than the connection is counted. */
void fixture_wait_for_descriptors(int count);

/* An application that holds its callers back: give it a struct gate that was gate_make()d. */
struct gate {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int inside; /* calls so far */
  int is_open;
};
void gate_make(struct gate* gate);
/* Waits there until it is open, and no more. */
void gate_hold(struct gate* gate);
ws_status gate_pass(ws_request* request, void* gate);
void gate_wait_for(struct gate* gate, int calls);
int gate_calls(struct gate* gate);
void gate_open(struct gate* gate);

#define assert_ok(call) assert_status_is((call), WS_OK, #call, __FILE__, __LINE__)
#define assert_status(call, expected) \
  assert_status_is((call), (expected), #call, __FILE__, __LINE__)
void assert_status_is(ws_status got, ws_status expected, const char* call, const char* file,
                      int line);

/* `text` holds `part`. */
#define assert_holds(text, part) assert_holds_at((text), (part), __FILE__, __LINE__)
void assert_holds_at(const char* text, const char* part, const char* file, int line);

#endif
