/* SIGINT and SIGTERM while a server listens: the first lets answers be finished, the second ends it
 * at once. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "host.h"

/* One server in a process has the signals: handlers are the process's. */
static struct {
  ws_server* server; /* NULL when nobody has them */
  lua_State* lua;
  pthread_t thread; /* that runs `lua` */
  volatile sig_atomic_t seen;
  struct sigaction old_interrupt;
  struct sigaction old_terminate;
} caught;

static void interrupt(lua_State* L, lua_Debug* where) {
  (void)where;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "interrupted by a second signal"); /* loop.lua knows the text */
}

static void on_signal(int number);

/* A program that was started with a signal ignored goes on ignoring it. */
static void install(int number, int flags, struct sigaction* old) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(number, NULL, old);
  if (old->sa_handler != SIG_IGN) {
    sigaction(number, &action, NULL);
  }
}

/* What the application does when the first signal comes goes on, be it a system call; the second
 * one ends that too. */
static void let_signals_interrupt(void) {
  struct sigaction own;
  install(SIGINT, 0, &own);
  install(SIGTERM, 0, &own);
}

/* A thread that runs another Lua state passes the signal on: the hook below is for this one's. */
static void on_signal(int number) {
  const int kept_errno = errno;
  if (!pthread_equal(pthread_self(), caught.thread)) {
    pthread_kill(caught.thread, number);
  } else if (caught.seen++ == 0) {
    ws_server_stop(caught.server);
    let_signals_interrupt();
  } else {
    ws_server_drain(caught.server, 0);
    lua_sethook(caught.lua, interrupt, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
  }
  errno = kept_errno;
}

/* catch_signals(host): unless another server has them */
int core_catch_signals(lua_State* L) {
  struct host* host = check_host(L, 1);
  if (caught.server != NULL) {
    return 0;
  }
  lua_pushthread(L); /* it may be a coroutine: it must not be collected before the signal comes */
  lua_setfield(L, LUA_REGISTRYINDEX, "wserve.interrupted");
  caught.server = host->server;
  caught.lua = L;
  caught.thread = pthread_self();
  caught.seen = 0;
  install(SIGINT, SA_RESTART, &caught.old_interrupt);
  install(SIGTERM, SA_RESTART, &caught.old_terminate);
  return 0;
}

void release_signals(const ws_server* server) {
  if (server != NULL && caught.server == server) {
    sigaction(SIGINT, &caught.old_interrupt, NULL);
    sigaction(SIGTERM, &caught.old_terminate, NULL);
    caught.server = NULL;
  }
}

/* release_signals(host) */
int core_release_signals(lua_State* L) {
  release_signals(check_host(L, 1)->server);
  return 0;
}
