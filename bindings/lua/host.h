/* A server, and what other threads have to tell the one that runs Lua: log lines, and that a state
 * has ended. */
#ifndef WSERVE_LUA_HOST_H
#define WSERVE_LUA_HOST_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core.h"

struct log_line;
struct state;

/* Counted: the Lua object has a reference, and each state that runs has one. */
struct host {
  int references;
  ws_server* server;
  bool keeps_lines; /* else they go to standard error */
  int access_fd;    /* readable while lines of the access log are kept; -1 when nobody takes them */

  int waker; /* an eventfd: something of what follows has changed */
  pthread_mutex_t mutex;
  /* The mutex's: */
  struct log_line* first_line;
  struct log_line** line_end; /* where the next one is put */
  int lines;
  int lost_lines;
  int running_states;
  long long stopped_at_ms; /* when the server has stopped; 0 before */

  /* The thread's that runs Lua: */
  struct state* states;
  struct slow_stacks* slow_stacks; /* NULL: nobody asks for them */
  pthread_t watch;                 /* notices that the server has stopped */
  bool is_watched;
  pid_t process; /* threads are not inherited by a child process */
};

PRIVATE struct host* check_host(lua_State* L, int index);
PRIVATE void host_hold(struct host* host);
PRIVATE void host_release(struct host* host);

/* Any thread. */
PRIVATE void host_say(struct host* host, ws_severity severity, const char* text);
PRIVATE void host_notify(struct host* host);
PRIVATE void host_count_state(struct host* host, int change);
PRIVATE void host_note_stop(struct host* host);
PRIVATE bool host_has_stopped(struct host* host);

/* With all signals blocked: they are for the threads of the host program. */
PRIVATE bool host_start_thread(pthread_t* thread, void* (*run)(void*), void* data);

/* Of the monotonic clock. */
PRIVATE long long now_ms(void);

/* Sleeps until no state runs, or a stopped server has given them the time they get: how many run
 * then. -1 when it woke up for something else: a log line, a signal. */
PRIVATE int host_wait_for_states(struct host* host);

/* slow_stacks.c: the thread that the states of a host are watched by; nothing happens when the
 * options do not ask for it. */
PRIVATE void start_slow_stacks(struct host* host);
PRIVATE void end_slow_stacks(struct host* host);
PRIVATE void free_slow_stacks(struct host* host);
/* The calling thread runs that state from here on, or none any more. */
PRIVATE void enter_slow_stacks(struct host* host, lua_State* L);
PRIVATE void leave_slow_stacks(struct host* host);

/* stop_signals.c: nothing happens when the server has not caught them. */
PRIVATE void release_signals(const ws_server* server);

/* states.c: the states of a host that is about to go. A thread that waits inside foreign C code is
 * left to the end of the process. */
PRIVATE void host_drop_states(struct host* host);

#endif
