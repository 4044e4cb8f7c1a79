/* Statuses: a failure becomes the language's own kind of error, with the library's message; any other status is a
 * number. In Go statuses stay numbers: its hand-written half makes errors of them. */

#ifdef SWIGRUBY
%{
static void ws_ruby_raise(ws_status status); /* by hand: Wserve::Error or one of its children */
%}
%typemap(out, noblock=1) ws_status {
  if ($1 < 0) {
    ws_ruby_raise($1);
  }
  $result = INT2FIX($1);
}
#define WS_RAISE_WHEN_NULL if (result == NULL) ws_ruby_raise(WS_ENOMEM);
#endif

#ifdef SWIGLUA
/* By hand: true; nil and a message when the client has left; an error for every other failure. */
%typemap(out, noblock=1) ws_status {
  SWIG_arg += push_result(L, $1);
}
/* SWIG 4.1 makes floats of them: 200 would print as 200.0. */
%typemap(out, noblock=1) int, size_t, int64_t, uint64_t, enum SWIGTYPE {
  lua_pushinteger(L, (lua_Integer)$1);
  SWIG_arg++;
}
#define WS_RAISE_WHEN_NULL if (result == NULL) { lua_pushstring(L, ws_last_error()); SWIG_fail; }
#endif

#ifdef SWIGGO
%apply int { ws_status };
#define WS_RAISE_WHEN_NULL
#endif

%exception ws_server::ws_server {
  $action
  WS_RAISE_WHEN_NULL
}
%exception ws_worker::ws_worker {
  $action
  WS_RAISE_WHEN_NULL
}
