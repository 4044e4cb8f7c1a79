/* Lua states of their own, each on a thread of its own, for `threads` above 0. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "host.h"

/* On its own thread from its start on; the list is the host's. */
struct state {
  struct state* next;
  struct host* host;
  lua_State* lua;
  pthread_t thread;
  bool is_started;
};

/* -- What a new state does first -- */

struct boot {
  lua_State* from; /* arguments 2 and up: package.path, package.cpath, and what "wserve.state" is
                      called with */
  struct host* host;
};

static void set_package_field(lua_State* L, const char* name, const char* value) {
  lua_getglobal(L, "package");
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

static void push_required(lua_State* L, const char* module) {
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  lua_call(L, 1, 1);
}

static void push_worker(lua_State* L, ws_server* server) {
  handle_push_empty_worker(L);
  ws_worker* worker = ws_worker_new(server);
  if (worker == NULL) {
    raise_last_error(L);
  }
  handle_fill(L, -1, worker);
}

/* report(problem), in a state; the host lives as long as the state. */
static int report(lua_State* L) {
  host_report((struct host*)lua_touserdata(L, lua_upvalueindex(1)), luaL_checkstring(L, 1));
  return 0;
}

/* Leaves the function that serves in the registry. */
static int boot(lua_State* L) {
  const struct boot* boot = (const struct boot*)lua_touserdata(L, 1);
  luaL_openlibs(L);
  set_package_field(L, "path", lua_tostring(boot->from, 2));
  set_package_field(L, "cpath", lua_tostring(boot->from, 3));
  push_required(L, "wserve.core");
  push_required(L, "wserve.state");
  push_worker(L, boot->host->server);
  lua_pushlightuserdata(L, boot->host);
  lua_pushcclosure(L, report, 1);
  const int last = lua_gettop(boot->from);
  for (int i = 4; i <= last; ++i) {
    lua_pushstring(L, lua_tostring(boot->from, i)); /* nil stays nil */
  }
  lua_call(L, last - 1, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "wserve.serve");
  return 0;
}

static int call_protected(lua_State* L, lua_CFunction function, void* data) {
#if LUA_VERSION_NUM < 502
  return lua_cpcall(L, function, data);
#else
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, data);
  return lua_pcall(L, 1, 0, 0);
#endif
}

/* -- Its thread -- */

static int serve(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "wserve.serve");
  lua_call(L, 0, 0);
  return 0;
}

static void* run_state(void* data) {
  struct state* state = (struct state*)data;
  struct host* host = state->host;
  if (call_protected(state->lua, serve, NULL) != 0) {
    /* The application's errors do not come here: memory has run out. */
    ws_server_stop(host->server);
  }
  lua_close(state->lua);
  state->lua = NULL;
  host_count_state(host, -1);
  host_release(host);
  return NULL;
}

/* Tells the host when the server has stopped: its states must end soon then. */
static void* watch(void* data) {
  struct host* host = (struct host*)data;
  (void)ws_server_join(host->server);
  host_note_stop(host);
  host_release(host);
  return NULL;
}

/* Signals are for the threads of the host program. */
static bool start_thread(pthread_t* thread, void* (*body)(void*), void* data) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int problem = pthread_create(thread, NULL, body, data);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return problem == 0;
}

static bool start_watch(struct host* host) {
  host_hold(host);
  if (start_thread(&host->watch, watch, host)) {
    host->is_watched = true;
    return true;
  }
  host_release(host);
  return false;
}

static bool start_state(struct state* state) {
  struct host* host = state->host;
  host_hold(host);
  host_count_state(host, 1);
  state->is_started = start_thread(&state->thread, run_state, state);
  if (!state->is_started) {
    host_count_state(host, -1);
    host_release(host);
  }
  return state->is_started;
}

/* A thread that would not end must find its code when Lua closes the module. */
static void stay_loaded(void) {
  Dl_info here;
  if (dladdr((const void*)(size_t)&stay_loaded, &here) != 0) {
    (void)!dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

/* start_states(host): all that were made. The server has been started. */
int core_start_states(lua_State* L) {
  struct host* host = check_host(L, 1);
  stay_loaded();
  bool all = start_watch(host);
  for (struct state* state = host->states; all && state != NULL; state = state->next) {
    all = start_state(state);
  }
  return all ? 0 : luaL_error(L, "no thread for another Lua state");
}

/* -- Making one -- */

static struct state* state_new(struct host* host) {
  struct state* state = (struct state*)calloc(1, sizeof *state);
  if (state == NULL) {
    return NULL;
  }
  state->host = host;
  state->lua = luaL_newstate();
  if (state->lua == NULL) {
    free(state);
    return NULL;
  }
  return state;
}

/* new_state(host, package.path, package.cpath, ...): "wserve.state" is called with a worker, a
 * function that reports problems, and the rest. */
int core_new_state(lua_State* L) {
  struct host* host = check_host(L, 1);
  luaL_checkstring(L, 2);
  luaL_checkstring(L, 3);
  struct state* state = state_new(host);
  if (state == NULL) {
    return luaL_error(L, "no memory for another Lua state");
  }
  state->next = host->states;
  host->states = state;
  struct boot what = {L, host};
  if (call_protected(state->lua, boot, &what) != 0) {
    const char* problem = lua_tostring(state->lua, -1);
    lua_pushstring(L, problem != NULL ? problem : "a Lua state could not be made");
    return lua_error(L);
  }
  return 0;
}

/* -- Their end -- */

void host_drop_states(struct host* host) {
  int running = -1;
  while (host->process == getpid() && running < 0) {
    running = host_wait_for_states(host);
  }
  if (running == 0) {
    for (struct state* state = host->states; state != NULL; state = host->states) {
      host->states = state->next;
      if (state->is_started) {
        pthread_join(state->thread, NULL);
      } else {
        lua_close(state->lua);
      }
      free(state);
    }
  }
  if (host->is_watched && host->process == getpid()) {
    pthread_join(host->watch, NULL);
  }
}

/* wait_for_states(host) -> how many run when there is nothing more to wait for; nil when it is time
 * to look at the log. */
int core_wait_for_states(lua_State* L) {
  const int running = host_wait_for_states(check_host(L, 1));
  if (running >= 0) {
    lua_pushinteger(L, running);
  } else {
    lua_pushnil(L);
  }
  return 1;
}
