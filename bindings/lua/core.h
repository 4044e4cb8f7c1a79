/* What the hand-written half of wserve.core and the wrapper that SWIG makes know of each other. */
#ifndef WSERVE_LUA_CORE_H
#define WSERVE_LUA_CORE_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>

#include <wserve/wserve.h>

#define PRIVATE __attribute__((visibility("hidden")))

/* -- Handles: the userdata that SWIG makes; defined in core.i -- */

/* Raise an error when the object has ended. */
PRIVATE ws_request* handle_to_request(lua_State* L, int index);
PRIVATE ws_worker* handle_to_worker(lua_State* L, int index);

/* Push a handle that owns nothing yet; handle_fill() gives it what it owns. */
PRIVATE void handle_push_empty_request(lua_State* L);
PRIVATE void handle_fill(lua_State* L, int index, void* owned);

/* Of a request whose answer is whole: there is nothing to end. */
PRIVATE void handle_set_answered(lua_State* L, int index);
PRIVATE bool handle_is_answered(lua_State* L, int index);

/* Takes away what the handle owns; it is empty then. */
PRIVATE void* handle_clear(lua_State* L, int index);

/* Push a handle that owns nothing: the host owns the server. */
PRIVATE void handle_push_server(lua_State* L, ws_server* server);

/* Pushes a handle of a new worker. */
PRIVATE void handle_push_new_worker(lua_State* L, ws_server* server);

/* Raises what the library says of its last failure; for `return`. */
PRIVATE int raise_last_error(lua_State* L);

/* What a Lua function returns for a status: true; nil and a message when the client has left; any
 * other failure raises an error. */
PRIVATE int push_result(lua_State* L, ws_status status);

/* -- The functions of wserve.core that are written by hand: core.NAME is core_NAME() -- */

// clang-format off
#define WITH_EACH_FUNCTION(DO) \
  /* request.c */ DO(take) DO(done) DO(environ) DO(get) DO(read) DO(read_some) DO(trailers) DO(detach) DO(file_extent) \
  /* answer.c */ DO(reply) DO(add_fields) DO(start) DO(try_write) DO(write) \
  /* host.c */ DO(new_host) DO(close_host) DO(server_of) DO(worker_of) DO(report) DO(next_line) \
               DO(watch_access) DO(next_access) \
  /* states.c */ DO(new_state) DO(start_states) DO(wait_for_states) \
  /* slow_stacks.c */ DO(keep_slow) DO(start_slow) DO(enter_slow) DO(leave_slow) \
  /* stop_signals.c */ DO(catch_signals) DO(release_signals) \
  /* explain.c, sleep.c */ DO(explain_proxy) DO(sleep)
// clang-format on
#define DECLARE(name) PRIVATE int core_##name(lua_State* L);
WITH_EACH_FUNCTION(DECLARE)
#undef DECLARE

#endif
