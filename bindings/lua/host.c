/* A server and the log lines of its threads. */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <wserve/binding.h>

enum {
  MAX_LINES = 1024, /* more are counted and lost: a log must not eat the memory */
  GRACE_MS = 1000   /* what states get to end when the server has stopped */
};

static const char host_type[] = "wserve.host";

struct log_line {
  struct log_line* next;
  ws_severity severity;
  char text[];
};

/* -- Log lines -- */

static struct log_line* make_line(ws_severity severity, const char* text) {
  const size_t size = strlen(text) + 1;
  struct log_line* line = (struct log_line*)malloc(sizeof *line + size);
  if (line != NULL) {
    line->next = NULL;
    line->severity = severity;
    memcpy(line->text, text, size);
  }
  return line;
}

/* A ws_log_fn: any thread. */
static void keep_line(ws_severity severity, const char* text, void* data) {
  struct host* host = (struct host*)data;
  struct log_line* line = make_line(severity, text);
  pthread_mutex_lock(&host->mutex);
  if (line == NULL || host->lines == MAX_LINES) {
    ++host->lost_lines;
    free(line);
  } else {
    *host->line_end = line;
    host->line_end = &line->next;
    ++host->lines;
  }
  pthread_mutex_unlock(&host->mutex);
  host_notify(host);
}

void host_say(struct host* host, ws_severity severity, const char* text) {
  if (host->keeps_lines) {
    keep_line(severity, text, host);
  } else {
    fprintf(stderr, "wserve: %s: %s\n", severity == WS_LOG_ERROR ? "error" : "warning", text);
  }
}

/* report(host, problem): the application's, on the way that the library's log lines take */
int core_report(lua_State* L) {
  host_say(check_host(L, 1), WS_LOG_ERROR, luaL_checkstring(L, 2));
  return 0;
}

static struct log_line* take_line(struct host* host, int* lost) {
  pthread_mutex_lock(&host->mutex);
  struct log_line* line = host->first_line;
  *lost = 0;
  if (line != NULL) {
    host->first_line = line->next;
    --host->lines;
    if (host->first_line == NULL) {
      host->line_end = &host->first_line;
    }
  } else {
    *lost = host->lost_lines;
    host->lost_lines = 0;
  }
  pthread_mutex_unlock(&host->mutex);
  return line;
}

/* next_line(host) -> severity, text | nil */
int core_next_line(lua_State* L) {
  int lost = 0;
  struct log_line* line = take_line(check_host(L, 1), &lost);
  if (line != NULL) {
    lua_pushinteger(L, (lua_Integer)line->severity);
    lua_pushstring(L, line->text);
    free(line);
    return 2;
  }
  if (lost > 0) {
    lua_pushinteger(L, WS_LOG_WARNING);
    lua_pushfstring(L, "%d lines of the log were lost: the logger is too slow", lost);
    return 2;
  }
  lua_pushnil(L);
  return 1;
}

/* -- The access log -- */

/* watch_access(host): from the start on */
int core_watch_access(lua_State* L) {
  struct host* host = check_host(L, 1);
  host->access_fd = ws_server_access_fd(host->server);
  return 0;
}

/* next_access(host) -> line | nil */
int core_next_access(lua_State* L) {
  const char* line = NULL;
  size_t size = 0;
  if (ws_server_take_access(check_host(L, 1)->server, &line, &size) == WS_OK) {
    lua_pushlstring(L, line, size);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

/* -- The waker -- */

void host_notify(struct host* host) {
  const uint64_t one = 1;
  (void)!write(host->waker, &one, sizeof one); /* full is as good as written */
}

static void wait_until_notified(struct host* host, int timeout_ms) {
  struct pollfd waited[] = {{.fd = host->waker, .events = POLLIN, .revents = 0},
                            {.fd = host->access_fd, .events = POLLIN, .revents = 0}};
  if (poll(waited, 2, timeout_ms) > 0 && waited[0].revents != 0) {
    uint64_t count = 0;
    (void)!read(host->waker, &count, sizeof count);
  }
}

/* -- Its states -- */

long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void host_count_state(struct host* host, int change) {
  pthread_mutex_lock(&host->mutex);
  host->running_states += change;
  pthread_mutex_unlock(&host->mutex);
  host_notify(host);
}

void host_note_stop(struct host* host) {
  pthread_mutex_lock(&host->mutex);
  host->stopped_at_ms = now_ms();
  pthread_mutex_unlock(&host->mutex);
  host_notify(host);
}

bool host_has_stopped(struct host* host) {
  pthread_mutex_lock(&host->mutex);
  const bool has_stopped = host->stopped_at_ms != 0;
  pthread_mutex_unlock(&host->mutex);
  return has_stopped;
}

static int running_states(struct host* host, long long* stopped_at_ms) {
  pthread_mutex_lock(&host->mutex);
  const int running = host->running_states;
  *stopped_at_ms = host->stopped_at_ms;
  pthread_mutex_unlock(&host->mutex);
  return running;
}

int host_wait_for_states(struct host* host) {
  long long stopped_at_ms = 0;
  const int running = running_states(host, &stopped_at_ms);
  if (running == 0) {
    return 0;
  }
  if (stopped_at_ms == 0) {
    wait_until_notified(host, -1);
    return -1;
  }
  const long long left = stopped_at_ms + GRACE_MS - now_ms();
  if (left <= 0) {
    return running;
  }
  wait_until_notified(host, (int)left);
  return -1;
}

bool host_start_thread(pthread_t* thread, void* (*run)(void*), void* data) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int problem = pthread_create(thread, NULL, run, data);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return problem == 0;
}

/* -- Its life -- */

void host_hold(struct host* host) {
  __atomic_add_fetch(&host->references, 1, __ATOMIC_RELAXED);
}

void host_release(struct host* host) {
  if (__atomic_sub_fetch(&host->references, 1, __ATOMIC_ACQ_REL) > 0) {
    return;
  }
  ws_server_free(host->server); /* no line comes after it */
  free_slow_stacks(host);
  for (struct log_line *line = host->first_line, *next = NULL; line != NULL; line = next) {
    next = line->next;
    free(line);
  }
  close(host->waker);
  pthread_mutex_destroy(&host->mutex);
  free(host);
}

static struct host* host_new(void) {
  struct host* host = (struct host*)calloc(1, sizeof *host);
  if (host == NULL) {
    return NULL;
  }
  host->references = 1;
  host->line_end = &host->first_line;
  host->process = getpid();
  host->access_fd = -1;
  host->waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  host->server = ws_server_new();
  pthread_mutex_init(&host->mutex, NULL);
  if (host->server == NULL || host->waker < 0) {
    host_release(host);
    return NULL;
  }
  return host;
}

static struct host** check_box(lua_State* L, int index) {
  return (struct host**)luaL_checkudata(L, index, host_type);
}

struct host* check_host(lua_State* L, int index) {
  struct host* host = *check_box(L, index);
  if (host == NULL) {
    luaL_error(L, "the server is closed");
  }
  return host;
}

/* close_host(host): at once, and more than once if you like; also when it is collected. */
int core_close_host(lua_State* L) {
  struct host** box = check_box(L, 1);
  struct host* host = *box;
  *box = NULL;
  if (host != NULL) {
    release_signals(host->server);
    leave_slow_stacks(host);
    end_slow_stacks(host);
    ws_server_drain(host->server, 0);
    host_drop_states(host);
    host_release(host);
  }
  return 0;
}

static void push_box_metatable(lua_State* L) {
  if (luaL_newmetatable(L, host_type)) {
    lua_pushcfunction(L, core_close_host);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
  }
}

/* new_host(keeps_lines) -> host */
int core_new_host(lua_State* L) {
  struct host** box = (struct host**)lua_newuserdata(L, sizeof *box);
  *box = NULL;
  push_box_metatable(L);
  lua_setmetatable(L, -2);
  *box = host_new();
  if (*box == NULL) {
    return luaL_error(L, "no memory or no descriptor for a server");
  }
  if (lua_toboolean(L, 1)) {
    (*box)->keeps_lines = true;
    (void)ws_server_set_log((*box)->server, keep_line, *box);
  }
  return 1;
}

/* server_of(host) -> Server, valid as long as the host is open */
int core_server_of(lua_State* L) {
  handle_push_server(L, check_host(L, 1)->server);
  return 1;
}

/* worker_of(host) -> Worker */
int core_worker_of(lua_State* L) {
  handle_push_new_worker(L, check_host(L, 1)->server);
  return 1;
}
