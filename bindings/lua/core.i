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

%ignore ws_server::keep_log; /* a host keeps the library's lines and its own in one order */
%ignore ws_server::log_fd;
%ignore ws_server::access_fd; /* the host waits there */
%ignore ws_server::keep_slow;
%ignore ws_server::slow_fd;

%include "wserve.i"
%include "binding.i"

typedef enum ws_severity { WS_LOG_DEBUG, WS_LOG_INFO, WS_LOG_WARNING, WS_LOG_ERROR } ws_severity;

%{
static void* to_live(lua_State* L, int index, swig_type_info* type, const char* problem) {
  void* object = NULL;
  if (lua_type(L, index) != LUA_TUSERDATA || !SWIG_IsOK(SWIG_ConvertPtr(L, index, &object, type, 0)) ||
      object == NULL) {
    luaL_error(L, "%s", problem);
  }
  return object;
}

ws_request* handle_to_request(lua_State* L, int index) {
  return (ws_request*)to_live(L, index, SWIGTYPE_p_ws_request, "the request has ended");
}

ws_worker* handle_to_worker(lua_State* L, int index) {
  return (ws_worker*)to_live(L, index, SWIGTYPE_p_ws_worker, "the worker has ended");
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

void handle_fill(lua_State* L, int index, void* owned) {
  swig_lua_userdata* handle = (swig_lua_userdata*)lua_touserdata(L, index);
  handle->ptr = owned;
  handle->own = 1;
}

void handle_push_new_worker(lua_State* L, ws_server* server) {
  push_empty(L, SWIGTYPE_p_ws_worker);
  ws_worker* worker = ws_worker_new(server);
  if (worker == NULL) {
    raise_last_error(L);
  }
  handle_fill(L, -1, worker);
}

/* SWIG asks of `own` only whether it is 0. */
enum { ANSWERED = 2 };

void handle_set_answered(lua_State* L, int index) {
  ((swig_lua_userdata*)lua_touserdata(L, index))->own = ANSWERED;
}

bool handle_is_answered(lua_State* L, int index) {
  return ((swig_lua_userdata*)lua_touserdata(L, index))->own == ANSWERED;
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
  #define ADD(name) lua_pushcfunction(L, core_##name); lua_setfield(L, -2, #name);
  WITH_EACH_FUNCTION(ADD) /* to the module's table */
  set_finalizer(L, "Request", collect_request);
  set_finalizer(L, "Worker", collect_worker);
%}
