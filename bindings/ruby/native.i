/* Wserve::Native: what Ruby compiles. The library's control calls come from ../swig; the calls that run for each
 * request, or wait, are written by hand in ext/wserve/{server,worker,request,environ,fields}.c, because they give up the GVL. */
%module "wserve::native"

%{
#include "native.h"
%}

/* An object whose request was released has no pointer any more: an error of ours, not SWIG's. */
%typemap(in, noblock=1) struct ws_request* {
  $1 = wserve_request($input);
}
%typemap(in, noblock=1) const char* {
  $1 = NIL_P($input) ? NULL : StringValueCStr($input);
}
%typemap(freearg) const char* ""
%typemap(typecheck, precedence=SWIG_TYPECHECK_STRING) const char* "$1 = 1;"

/* What answers waits its turn, behind a write of another thread. */
%define ANSWERS(METHOD)
%exception ws_request::METHOD %{
  arg1 = wserve_answer(self);
  $action
%}
%enddef
ANSWERS(start)
ANSWERS(begin)
ANSWERS(add_header)
ANSWERS(add_headers)
ANSWERS(send_file)
ANSWERS(add_trailer)
ANSWERS(interim)
ANSWERS(fail)

%ignore ws_server::join;
%ignore ws_request::reply;
%ignore ws_request::write;
%ignore ws_request::flush;
%ignore ws_request::end;
/* `fail` and `load` are methods of every object. */
%rename(fail_with) ws_request::fail;
%rename(load_app) ws_server::load;

/* Of <wserve/binding.h>. */
%extend ws_request {
  ws_status begin(int status, const char* reason, const char* fields, size_t size);
  ws_status check_fields(int status, const char* fields, size_t size);
}

%include "wserve.i"
%include "binding.i"

%{
static void ws_ruby_raise(ws_status status) {
  wserve_raise(status);
}

ws_server* wserve_server(VALUE object) {
  void* found = NULL;
  if (!SWIG_IsOK(SWIG_ConvertPtr(object, &found, SWIGTYPE_p_ws_server, 0)) || found == NULL) {
    rb_raise(rb_eTypeError, "not a Wserve::Native::Server");
  }
  return found;
}

ws_worker* wserve_worker(VALUE object) {
  void* found = NULL;
  if (!SWIG_IsOK(SWIG_ConvertPtr(object, &found, SWIGTYPE_p_ws_worker, 0)) || found == NULL) {
    rb_raise(rb_eTypeError, "not a Wserve::Native::Worker");
  }
  return found;
}
%}

%init %{
  wserve_define_errors();
  wserve_define_server(SwigClassServer.klass);
  wserve_define_worker(SwigClassWorker.klass);
  wserve_define_request(SwigClassRequest.klass);
  wserve_define_environ(SwigClassRequest.klass);
  wserve_define_fields(mNative);
%}
