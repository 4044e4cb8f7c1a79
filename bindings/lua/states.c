/* Lua states of their own, each on a thread of its own, for `threads` above 0. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

enum {
  MAX_TEXTS = 8,       /* that a state is made with */
  MAX_PROBLEM = 1024,  /* bytes of what is said of a state that has failed */
  MIN_PAUSE_MS = 100,  /* before a state that has failed is made anew, */
  MAX_PAUSE_MS = 5000, /* doubled each time that it fails within */
  STEADY_MS = 10 * 1000
};

/* On its own thread from its start on; the list is the host's. */
struct state {
  struct state* next;
  struct host* host;
  lua_State* lua;
  int number; /* from 1 on */
  pthread_t thread;
  bool is_started;
  /* package.path, package.cpath, and what "wserve.state" is called with; NULL is nil. */
  char* texts[MAX_TEXTS];
  int text_count;
};

/* -- What a new state does first -- */

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

/* report(problem), in a state; the host lives as long as the state. */
static int report(lua_State* L) {
  host_say((struct host*)lua_touserdata(L, lua_upvalueindex(1)), WS_LOG_ERROR,
           luaL_checkstring(L, 1));
  return 0;
}

/* Leaves the function that serves in the registry. */
static int boot(lua_State* L) {
  const struct state* state = (const struct state*)lua_touserdata(L, 1);
  luaL_openlibs(L);
  set_package_field(L, "path", state->texts[0]);
  set_package_field(L, "cpath", state->texts[1]);
  push_required(L, "wserve.core");
  push_required(L, "wserve.state");
  handle_push_new_worker(L, state->host->server);
  lua_pushlightuserdata(L, state->host);
  lua_pushcclosure(L, report, 1);
  for (int i = 2; i < state->text_count; ++i) {
    lua_pushstring(L, state->texts[i]);
  }
  lua_call(L, state->text_count, 1);
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

/* Closes a state. It may hold requests: they are answered with 500. */
static void close_lua(struct state* state) {
  if (state->lua != NULL) {
    lua_close(state->lua);
    state->lua = NULL;
  }
}

/* Says why a state has ended: what lies on its stack. */
static void report_end(const struct state* state, const char* what) {
  const char* problem = state->lua != NULL ? lua_tostring(state->lua, -1) : "no memory";
  char text[MAX_PROBLEM];
  snprintf(text, sizeof text, "worker %d %s: %s", state->number, what,
           problem != NULL ? problem : "an error that is no text");
  host_say(state->host, WS_LOG_ERROR, text);
}

static bool make_lua(struct state* state) {
  state->lua = luaL_newstate();
  return state->lua != NULL && call_protected(state->lua, boot, state) == 0;
}

/* In small steps: the server may stop meanwhile. */
static void pause_thread(struct host* host, int ms) {
  const struct timespec step = {.tv_sec = 0, .tv_nsec = MIN_PAUSE_MS * 1000000L};
  for (int slept = 0; slept < ms && !host_has_stopped(host); slept += MIN_PAUSE_MS) {
    nanosleep(&step, NULL);
  }
}

/* The application's errors do not come here: memory has run out, or a hook of the application's has
 * raised one. Only the end of the server ends a worker: another state takes its place. */
static void replace_lua(struct state* state, int pause_ms) {
  report_end(state, "has ended by an error, and is made anew");
  do {
    close_lua(state);
    pause_thread(state->host, pause_ms);
    if (host_has_stopped(state->host) || make_lua(state)) {
      return;
    }
    report_end(state, "cannot be made anew, and is tried again");
    pause_ms = MAX_PAUSE_MS;
  } while (true);
}

static int serve_watched(struct state* state) {
  enter_slow_stacks(state->host, state->lua);
  const int result = call_protected(state->lua, serve, NULL);
  leave_slow_stacks(state->host);
  return result;
}

static void* run_state(void* data) {
  struct state* state = (struct state*)data;
  struct host* host = state->host;
  int pause_ms = MIN_PAUSE_MS;
  long long began_ms = now_ms();
  while (state->lua != NULL && serve_watched(state) != 0) {
    pause_ms = now_ms() - began_ms > STEADY_MS ? MIN_PAUSE_MS : pause_ms;
    replace_lua(state, pause_ms);
    pause_ms = pause_ms * 2 < MAX_PAUSE_MS ? pause_ms * 2 : MAX_PAUSE_MS;
    began_ms = now_ms();
  }
  close_lua(state);
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

static bool start_watch(struct host* host) {
  host_hold(host);
  host->is_watched = host_start_thread(&host->watch, watch, host);
  if (!host->is_watched) {
    host_release(host);
  }
  return host->is_watched;
}

static bool start_state(struct state* state) {
  struct host* host = state->host;
  host_hold(host);
  host_count_state(host, 1);
  /* Its signals are not blocked: programs that the application starts would inherit that. */
  state->is_started = pthread_create(&state->thread, NULL, run_state, state) == 0;
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

static void state_free(struct state* state) {
  for (int i = 0; i < state->text_count; ++i) {
    free(state->texts[i]);
  }
  free(state);
}

/* Copies the arguments from the second on. */
static bool keep_texts(struct state* state, lua_State* L) {
  const int last = lua_gettop(L);
  for (int i = 2; i <= last && state->text_count < MAX_TEXTS; ++i) {
    const char* text = lua_tostring(L, i);
    char* copy = text != NULL ? strdup(text) : NULL;
    if (text != NULL && copy == NULL) {
      return false;
    }
    state->texts[state->text_count++] = copy;
  }
  return true;
}

static struct state* state_new(struct host* host, lua_State* L) {
  struct state* state = (struct state*)calloc(1, sizeof *state);
  if (state == NULL) {
    return NULL;
  }
  state->host = host;
  state->number = host->states != NULL ? host->states->number + 1 : 1;
  if (!keep_texts(state, L)) {
    state_free(state);
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
  struct state* state = state_new(host, L);
  if (state == NULL) {
    return luaL_error(L, "no memory for another Lua state");
  }
  state->next = host->states;
  host->states = state;
  if (!make_lua(state)) {
    const char* problem = state->lua != NULL ? lua_tostring(state->lua, -1) : "no memory";
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
        close_lua(state);
      }
      state_free(state);
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
