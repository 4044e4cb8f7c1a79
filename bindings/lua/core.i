/* wserve.core: the half of the Lua binding that is made by SWIG, and the doors to the half that is written by hand. */
%module wserve_core

%{
#include "core.h"
%}

/* A host makes the server and frees it, together with what its threads still use. */
%ignore ws_server::ws_server;
%ignore ws_server::~ws_server;
/* They would wait for a server that this thread turns; a host joins its threads. */
%ignore ws_server::join;
/* A finalizer of the program's may still hold a handle that was collected: those below empty it. */
%ignore ws_worker::ws_worker;
%ignore ws_worker::~ws_worker;
%ignore ws_request::~ws_request;
/* A method of SWIG's is looked up in three tables, and this is called for each variable that an application reads. */
%ignore ws_request::get;

%typemap(check, noblock=1) struct ws_request* {
  if ($1 == NULL) {
    lua_pushstring(L, "the request has ended");
    SWIG_fail;
  }
}
%typemap(check, noblock=1) struct ws_worker* {
  if ($1 == NULL) {
    lua_pushstring(L, "the worker has ended");
    SWIG_fail;
  }
}

%native(take) int core_take(lua_State*);
%native(done) int core_done(lua_State*);
%native(environ) int core_environ(lua_State*);
%native(get) int core_get(lua_State*);
%native(read) int core_read(lua_State*);
%native(read_some) int core_read_some(lua_State*);
%native(trailers) int core_trailers(lua_State*);
%native(reply) int core_reply(lua_State*);
%native(add_fields) int core_add_fields(lua_State*);
%native(start) int core_start(lua_State*);
%native(write) int core_write(lua_State*);
%native(try_write) int core_try_write(lua_State*);
%native(detach) int core_detach(lua_State*);
%native(file_extent) int core_file_extent(lua_State*);
%native(new_host) int core_new_host(lua_State*);
%native(close_host) int core_close_host(lua_State*);
%native(server_of) int core_server_of(lua_State*);
%native(worker_of) int core_worker_of(lua_State*);
%native(report) int core_report(lua_State*);
%native(next_line) int core_next_line(lua_State*);
%native(keep_access) int core_keep_access(lua_State*);
%native(watch_access) int core_watch_access(lua_State*);
%native(next_access) int core_next_access(lua_State*);
%native(keep_slow) int core_keep_slow(lua_State*);
%native(start_slow) int core_start_slow(lua_State*);
%native(enter_slow) int core_enter_slow(lua_State*);
%native(leave_slow) int core_leave_slow(lua_State*);
%native(new_state) int core_new_state(lua_State*);
%native(start_states) int core_start_states(lua_State*);
%native(wait_for_states) int core_wait_for_states(lua_State*);
%native(catch_signals) int core_catch_signals(lua_State*);
%native(release_signals) int core_release_signals(lua_State*);
%native(explain_proxy) int core_explain_proxy(lua_State*);
%native(sleep) int core_sleep(lua_State*);

%include "wserve.i"

typedef enum ws_severity { WS_LOG_DEBUG, WS_LOG_INFO, WS_LOG_WARNING, WS_LOG_ERROR } ws_severity;

%{
ws_request* handle_to_request(lua_State* L, int index) {
  void* request = NULL;
  if (lua_type(L, index) != LUA_TUSERDATA ||
      !SWIG_IsOK(SWIG_ConvertPtr(L, index, &request, SWIGTYPE_p_ws_request, 0)) || request == NULL) {
    luaL_error(L, "the request has ended");
  }
  return (ws_request*)request;
}

ws_worker* handle_to_worker(lua_State* L, int index) {
  void* worker = NULL;
  if (lua_type(L, index) != LUA_TUSERDATA ||
      !SWIG_IsOK(SWIG_ConvertPtr(L, index, &worker, SWIGTYPE_p_ws_worker, 0)) || worker == NULL) {
    luaL_error(L, "the worker has ended");
  }
  return (ws_worker*)worker;
}

/* The userdata is made before there is something to own: it may fail for want of memory. */
static swig_lua_userdata* push_empty(lua_State* L, swig_type_info* type) {
  static char nothing;
  SWIG_NewPointerObj(L, &nothing, type, 0);
  swig_lua_userdata* made = (swig_lua_userdata*)lua_touserdata(L, -1);
  made->ptr = NULL;
  return made;
}

void handle_push_empty_request(lua_State* L) {
  push_empty(L, SWIGTYPE_p_ws_request);
}

void handle_push_empty_worker(lua_State* L) {
  push_empty(L, SWIGTYPE_p_ws_worker);
}

void handle_fill(lua_State* L, int index, void* owned) {
  swig_lua_userdata* handle = (swig_lua_userdata*)lua_touserdata(L, index);
  handle->ptr = owned;
  handle->own = 1;
}

void* handle_clear(lua_State* L, int index) {
  swig_lua_userdata* handle = (swig_lua_userdata*)lua_touserdata(L, index);
  void* owned = handle->ptr;
  handle->ptr = NULL;
  handle->own = 0;
  return owned;
}

void handle_push_server(lua_State* L, ws_server* server) {
  SWIG_NewPointerObj(L, server, SWIGTYPE_p_ws_server, 0);
}

static int collect_request(lua_State* L) {
  ws_request_release((ws_request*)handle_clear(L, 1));
  return 0;
}

static int collect_worker(lua_State* L) {
  ws_worker_free((ws_worker*)handle_clear(L, 1));
  return 0;
}

static void set_finalizer(lua_State* L, const char* name, lua_CFunction finalizer) {
  SWIG_Lua_get_class_metatable(L, name);
  lua_pushstring(L, "__gc");
  lua_pushcfunction(L, finalizer);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}
%}

%init %{
  set_finalizer(L, "Request", collect_request);
  set_finalizer(L, "Worker", collect_worker);
%}
