/* What the hand-written half of wserve.core and the wrapper that SWIG makes know of each other. */
#ifndef WSERVE_LUA_CORE_H
#define WSERVE_LUA_CORE_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <wserve/wserve.h>

#define PRIVATE __attribute__((visibility("hidden")))

/* -- Handles: the userdata that SWIG makes; defined in core.i -- */

/* Raise an error when the object has ended. */
PRIVATE ws_request* handle_to_request(lua_State* L, int index);
PRIVATE ws_worker* handle_to_worker(lua_State* L, int index);

/* Push a handle that owns nothing yet; handle_fill() gives it what it owns. */
PRIVATE void handle_push_empty_request(lua_State* L);
PRIVATE void handle_push_empty_worker(lua_State* L);
PRIVATE void handle_fill(lua_State* L, int index, void* owned);

/* Takes away what the handle owns; it is empty then. */
PRIVATE void* handle_clear(lua_State* L, int index);

/* Push a handle that owns nothing: the host owns the server. */
PRIVATE void handle_push_server(lua_State* L, ws_server* server);

/* Raises what the library says of its last failure; for `return`. */
PRIVATE int raise_last_error(lua_State* L);

/* What a Lua function returns for a status: true; nil and a message when the client has left; any
 * other failure raises an error. */
PRIVATE int push_result(lua_State* L, ws_status status);

/* -- The functions of wserve.core that are written by hand -- */

/* request.c */
PRIVATE int core_take(lua_State* L);
PRIVATE int core_done(lua_State* L);
PRIVATE int core_environ(lua_State* L);
PRIVATE int core_get(lua_State* L);
PRIVATE int core_read(lua_State* L);
PRIVATE int core_read_some(lua_State* L);
PRIVATE int core_trailers(lua_State* L);
PRIVATE int core_detach(lua_State* L);
PRIVATE int core_file_extent(lua_State* L);

/* answer.c */
PRIVATE int core_reply(lua_State* L);
PRIVATE int core_add_fields(lua_State* L);
PRIVATE int core_start(lua_State* L);
PRIVATE int core_try_write(lua_State* L);
PRIVATE int core_write(lua_State* L);

/* host.c */
PRIVATE int core_new_host(lua_State* L);
PRIVATE int core_close_host(lua_State* L);
PRIVATE int core_server_of(lua_State* L);
PRIVATE int core_worker_of(lua_State* L);
PRIVATE int core_report(lua_State* L);
PRIVATE int core_next_line(lua_State* L);
PRIVATE int core_keep_access(lua_State* L);
PRIVATE int core_watch_access(lua_State* L);
PRIVATE int core_next_access(lua_State* L);

/* states.c */
PRIVATE int core_new_state(lua_State* L);
PRIVATE int core_start_states(lua_State* L);
PRIVATE int core_wait_for_states(lua_State* L);

/* explain.c */
PRIVATE int core_explain_proxy(lua_State* L);

/* stop_signals.c */
PRIVATE int core_catch_signals(lua_State* L);
PRIVATE int core_release_signals(lua_State* L);

/* slow_stacks.c */
PRIVATE int core_keep_slow(lua_State* L);
PRIVATE int core_start_slow(lua_State* L);
PRIVATE int core_enter_slow(lua_State* L);
PRIVATE int core_leave_slow(lua_State* L);

/* sleep.c */
PRIVATE int core_sleep(lua_State* L);

#endif
