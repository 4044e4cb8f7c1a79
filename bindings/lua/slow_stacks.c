/* slow_request_stack=signal: the stack of Lua's own that a slow request has. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <wserve/binding.h>

#include "host.h"

enum { MAX_THREADS = 1024 /* the most that the option threads allows */ };

/* Which thread runs which state. A thread enters and leaves itself. */
struct slot {
  pid_t thread; /* 0: nobody */
  pthread_t handle;
};

struct slow_stacks {
  struct host* host;
  pthread_t thread;
  int end; /* an eventfd */
  bool is_running;
  pthread_mutex_t mutex; /* of the slots: who is asked cannot leave meanwhile */
  struct slot slots[MAX_THREADS];
};

/* What the handler finds: the state that this thread runs, and the host that is to hear of it. */
static _Thread_local lua_State* volatile own_lua;
static _Thread_local struct host* own_host;

/* In the thread itself, between two steps of Lua's: everything is allowed here. */
static void tell(lua_State* L, lua_Debug* where) {
  (void)where;
  lua_sethook(L, NULL, 0, 0);
  if (own_host == NULL || !lua_checkstack(L, 8)) {
    return;
  }
  const int top = lua_gettop(L);
  lua_getglobal(L, "debug");
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "traceback");
    lua_pushliteral(L, "the stack of a slow request:");
    if (lua_isfunction(L, -2) && lua_pcall(L, 1, 1, 0) == 0 && lua_isstring(L, -1)) {
      host_say(own_host, WS_LOG_WARNING, lua_tostring(L, -1));
    }
  }
  lua_settop(L, top);
}

/* As lua.c does at Ctrl-C: a hook may be set at any time, from a handler of the same thread. One of
 * the application's own stays. */
static void on_signal(int number) {
  (void)number;
  const int kept_errno = errno;
  lua_State* L = own_lua;
  if (L != NULL && lua_gethook(L) == NULL) {
    lua_sethook(L, tell, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
  }
  errno = kept_errno;
}

/* False when the program uses the signal. */
static bool install(void) {
  struct sigaction action;
  sigaction(SIGURG, NULL, &action);
  if (action.sa_handler == on_signal) {
    return true;
  }
  if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
    return false;
  }
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGURG, &action, NULL) == 0;
}

/* -- The thread that asks -- */

static void ask(struct slow_stacks* all, pid_t thread) {
  pthread_mutex_lock(&all->mutex);
  for (int i = 0; i < MAX_THREADS; ++i) {
    if (all->slots[i].thread == thread) {
      pthread_kill(all->slots[i].handle, SIGURG);
      break;
    }
  }
  pthread_mutex_unlock(&all->mutex);
}

static void ask_all(struct slow_stacks* all) {
  int64_t thread = 0;
  const void* request = NULL;
  const char* line = NULL;
  size_t size = 0;
  while (ws_server_take_slow(all->host->server, &thread, &request, &line, &size) == WS_OK) {
    ask(all, (pid_t)thread);
  }
}

static void* watch_slow(void* data) {
  struct slow_stacks* all = (struct slow_stacks*)data;
  struct pollfd waited[] = {
      {.fd = all->end, .events = POLLIN, .revents = 0},
      {.fd = ws_server_slow_fd(all->host->server), .events = POLLIN, .revents = 0}};
  while (waited[0].revents == 0) {
    if (poll(waited, 2, -1) > 0 && waited[1].revents != 0) {
      ask_all(all);
    }
  }
  return NULL;
}

/* keep_slow(host): before it listens; the options are set. */
int core_keep_slow(lua_State* L) {
  struct host* host = check_host(L, 1);
  if (ws_server_keep_slow(host->server) != WS_OK) {
    return raise_last_error(L);
  }
  if (!install()) {
    host_say(host, WS_LOG_WARNING,
             "slow_request_stack=signal needs SIGURG, which the program uses");
    return 0;
  }
  struct slow_stacks* all = (struct slow_stacks*)calloc(1, sizeof *all);
  if (all == NULL) {
    return luaL_error(L, "no memory to watch for slow requests");
  }
  all->host = host;
  all->end = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  pthread_mutex_init(&all->mutex, NULL);
  host->slow_stacks = all;
  return 0;
}

void start_slow_stacks(struct host* host) {
  struct slow_stacks* all = host->slow_stacks;
  if (all != NULL && !all->is_running) {
    all->is_running = host_start_thread(&all->thread, watch_slow, all);
  }
}

/* The thread ends here; what it used goes with the host. */
void end_slow_stacks(struct host* host) {
  struct slow_stacks* all = host->slow_stacks;
  if (all != NULL && all->is_running && host->process == getpid()) {
    const uint64_t one = 1;
    (void)!write(all->end, &one, sizeof one);
    pthread_join(all->thread, NULL);
    all->is_running = false;
  }
}

void free_slow_stacks(struct host* host) {
  if (host->slow_stacks != NULL) {
    close(host->slow_stacks->end);
    pthread_mutex_destroy(&host->slow_stacks->mutex);
    free(host->slow_stacks);
  }
}

static void take_slot(struct slow_stacks* all, pid_t old, pid_t thread) {
  pthread_mutex_lock(&all->mutex);
  for (int i = 0; i < MAX_THREADS; ++i) {
    if (all->slots[i].thread == old) {
      all->slots[i] = (struct slot){.thread = thread, .handle = pthread_self()};
      break;
    }
  }
  pthread_mutex_unlock(&all->mutex);
}

void enter_slow_stacks(struct host* host, lua_State* L) {
  if (host->slow_stacks != NULL && own_host == NULL) {
    own_host = host;
    own_lua = L;
    take_slot(host->slow_stacks, 0, gettid());
  }
}

void leave_slow_stacks(struct host* host) {
  if (host->slow_stacks != NULL && own_host == host) {
    take_slot(host->slow_stacks, gettid(), 0);
    own_lua = NULL;
    own_host = NULL;
  }
}

/* start_slow(host): the server has been started. */
int core_start_slow(lua_State* L) {
  start_slow_stacks(check_host(L, 1));
  return 0;
}

/* enter_slow(host), leave_slow(host): around what this thread serves */
int core_enter_slow(lua_State* L) {
  enter_slow_stacks(check_host(L, 1), L);
  return 0;
}

int core_leave_slow(lua_State* L) {
  leave_slow_stacks(check_host(L, 1));
  return 0;
}
