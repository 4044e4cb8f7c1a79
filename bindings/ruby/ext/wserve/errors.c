/* Statuses as Ruby's errors. */
#include "native.h"

static VALUE invalid_error, state_error, unknown_error, disconnected_error, conflict_error,
    system_error, internal_error;

static VALUE class_of(ws_status status) {
  switch (status) {
    case WS_EINVAL:
      return invalid_error;
    case WS_ENOMEM:
      return rb_eNoMemError;
    case WS_ESTATE:
      return state_error;
    case WS_EUNKNOWN:
      return unknown_error;
    case WS_EDISCONNECTED:
      return disconnected_error;
    case WS_ECONFLICT:
      return conflict_error;
    case WS_ESYSTEM:
      return system_error;
    default:
      return internal_error;
  }
}

void wserve_raise(ws_status status) {
  rb_exc_raise(rb_exc_new_str(class_of(status), rb_utf8_str_new_cstr(ws_last_error())));
}

VALUE wserve_checked(ws_status status) {
  if (status < 0) {
    wserve_raise(status);
  }
  return INT2FIX(status);
}

/* A class below `parent` that `rescue Wserve::Error` catches too. */
static VALUE define(VALUE wserve, VALUE tag, const char* name, VALUE parent) {
  VALUE defined = rb_define_class_under(wserve, name, parent);
  rb_include_module(defined, tag);
  return defined;
}

void wserve_define_errors(void) {
  VALUE wserve = rb_define_module("Wserve");
  VALUE tag = rb_define_module_under(wserve, "Error");
  invalid_error = define(wserve, tag, "InvalidError", rb_eArgError);
  unknown_error = define(wserve, tag, "UnknownError", rb_eArgError);
  conflict_error = define(wserve, tag, "ConflictError", rb_eArgError);
  state_error = define(wserve, tag, "StateError", rb_eRuntimeError);
  disconnected_error = define(wserve, tag, "DisconnectedError", rb_eIOError);
  system_error = define(wserve, tag, "SystemError", rb_eRuntimeError);
  internal_error = define(wserve, tag, "InternalError", rb_eRuntimeError);
}
