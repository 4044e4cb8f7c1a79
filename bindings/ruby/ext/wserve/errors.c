/* Statuses as Ruby's errors. */
#include "native.h"

static struct failure {
  ws_status status;
  const char* name;
  VALUE* parent;
  VALUE error;
} failures[] = {
    {WS_EINVAL, "InvalidError", &rb_eArgError, 0},
    {WS_EUNKNOWN, "UnknownError", &rb_eArgError, 0},
    {WS_ECONFLICT, "ConflictError", &rb_eArgError, 0},
    {WS_ESTATE, "StateError", &rb_eRuntimeError, 0},
    {WS_EDISCONNECTED, "DisconnectedError", &rb_eIOError, 0},
    {WS_ESYSTEM, "SystemError", &rb_eRuntimeError, 0},
    {WS_EINTERNAL, "InternalError", &rb_eRuntimeError, 0},
};
enum { kFailures = sizeof failures / sizeof failures[0] };

void wserve_raise(ws_status status) {
  VALUE error = status == WS_ENOMEM ? rb_eNoMemError : failures[kFailures - 1].error;
  for (int i = 0; i < kFailures; ++i) {
    error = failures[i].status == status ? failures[i].error : error;
  }
  rb_exc_raise(rb_exc_new_str(error, rb_utf8_str_new_cstr(ws_last_error())));
}

VALUE wserve_checked(ws_status status) {
  if (status < 0) {
    wserve_raise(status);
  }
  return INT2FIX(status);
}

/* `rescue Wserve::Error` catches all of them. */
void wserve_define_errors(void) {
  VALUE wserve = rb_define_module("Wserve");
  VALUE tag = rb_define_module_under(wserve, "Error");
  for (int i = 0; i < kFailures; ++i) {
    failures[i].error = rb_define_class_under(wserve, failures[i].name, *failures[i].parent);
    rb_include_module(failures[i].error, tag);
  }
}
