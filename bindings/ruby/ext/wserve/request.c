/* Wserve::Request: its life, its body, and what may wait for a slow client (without the GVL). */
#include <ruby/thread.h>

#include "native.h"

static VALUE request_class;
enum { kMuch = 65536 };

static void release(void* request) {
  ws_request_release(request);
}

VALUE wserve_new_request(ws_request* request) {
  return Data_Wrap_Struct(request_class, NULL, release, request);
}

ws_request* wserve_request(VALUE object) {
  if (!RB_TYPE_P(object, T_DATA) || !rb_obj_is_kind_of(object, request_class)) {
    rb_raise(rb_eTypeError, "not a Wserve::Request");
  }
  if (DATA_PTR(object) == NULL) {
    rb_raise(rb_path2class("Wserve::StateError"), "the request was released");
  }
  return DATA_PTR(object);
}

VALUE wserve_frozen_bytes(VALUE object) {
  return rb_str_new_frozen(rb_obj_as_string(object));
}

/* Gives the request back; without an answer, the client gets a 500. A second time does nothing. */
static VALUE request_release(VALUE self) {
  ws_request* request = DATA_PTR(self);
  DATA_PTR(self) = NULL;
  ws_request_release(request);
  return Qnil;
}

static VALUE request_is_released(VALUE self) {
  return DATA_PTR(self) == NULL ? Qtrue : Qfalse;
}

/* call-seq: read_some(size) -> String, or nil at the end of the body */
static VALUE request_read_some(VALUE self, VALUE size) {
  const long capacity = NUM2LONG(size);
  if (capacity < 0) {
    rb_raise(rb_eArgError, "negative length %ld given", capacity);
  }
  VALUE bytes = rb_str_buf_new(capacity);
  const int64_t got = ws_request_read(wserve_request(self), RSTRING_PTR(bytes), (size_t)capacity);
  wserve_checked(got < 0 ? (ws_status)got : WS_OK);
  rb_str_set_len(bytes, (long)got);
  return got > 0 || capacity == 0 ? bytes : Qnil;
}

/* What may wait for a client: without the GVL. */
struct sending {
  ws_request* request;
  const char* type; /* of a reply */
  int status;       /* of a reply */
  const char* data;
  size_t size;
  ws_status result;
};

static void* send_reply(void* data) {
  struct sending* sending = data;
  sending->result = ws_request_reply(sending->request, sending->status, sending->type,
                                     sending->data, sending->size);
  return NULL;
}

static void* send_piece(void* data) {
  struct sending* sending = data;
  sending->result = ws_request_write(sending->request, sending->data, sending->size);
  return NULL;
}

static void* send_head(void* data) {
  struct sending* sending = data;
  sending->result = ws_request_flush(sending->request);
  return NULL;
}

/* An interrupt (Thread#kill, say) is seen once the call is over, which write_timeout bounds. */
static VALUE run_without_gvl(void* (*call)(void*), struct sending* sending) {
  rb_thread_call_without_gvl(call, sending, NULL, NULL);
  return wserve_checked(sending->result);
}

/* call-seq: reply(status, content_type, body)
 *
 * The whole answer in one call. It never waits for the client; the GVL is given up only where there
 * is much to copy. */
static VALUE request_reply(VALUE self, VALUE status, VALUE type, VALUE body) {
  VALUE bytes = wserve_frozen_bytes(body);
  struct sending sending = {.request = wserve_request(self),
                            .type = NIL_P(type) ? NULL : StringValueCStr(type),
                            .status = NUM2INT(status),
                            .data = RSTRING_PTR(bytes),
                            .size = (size_t)RSTRING_LEN(bytes)};
  VALUE result = Qnil;
  if (sending.size > kMuch) {
    result = run_without_gvl(send_reply, &sending);
  } else {
    send_reply(&sending);
    result = wserve_checked(sending.result);
  }
  RB_GC_GUARD(bytes);
  RB_GC_GUARD(type);
  RB_GC_GUARD(self);
  return result;
}

/* call-seq: write(bytes)
 *
 * Sends a part of the body at once. Waits for a client that is too slow; other Ruby threads run
 * meanwhile. */
static VALUE request_write(VALUE self, VALUE piece) {
  VALUE bytes = wserve_frozen_bytes(piece);
  struct sending sending = {.request = wserve_request(self),
                            .data = RSTRING_PTR(bytes),
                            .size = (size_t)RSTRING_LEN(bytes)};
  run_without_gvl(send_piece, &sending);
  RB_GC_GUARD(bytes);
  RB_GC_GUARD(self);
  return LONG2NUM((long)sending.size);
}

/* Sends the head now. */
static VALUE request_flush(VALUE self) {
  struct sending sending = {.request = wserve_request(self)};
  run_without_gvl(send_head, &sending);
  RB_GC_GUARD(self);
  return self;
}

/* Ends the answer, without waiting for the client. */
static VALUE request_finish(VALUE self) {
  return wserve_checked(ws_request_end(wserve_request(self)));
}

/* call-seq: detach -> [descriptor, bytes behind the request] */
static VALUE request_detach(VALUE self) {
  int fd = -1;
  const char* left = NULL;
  size_t left_size = 0;
  wserve_checked(ws_request_detach(wserve_request(self), &fd, &left, &left_size));
  return rb_assoc_new(INT2NUM(fd), rb_str_new(left, (long)left_size));
}

void wserve_define_request(VALUE request) {
  request_class = request;
  rb_gc_register_address(&request_class);
  rb_define_method(request, "release", request_release, 0);
  rb_define_method(request, "released?", request_is_released, 0);
  rb_define_method(request, "read_some", request_read_some, 1);
  rb_define_method(request, "reply", request_reply, 3);
  rb_define_method(request, "write", request_write, 1);
  rb_define_method(request, "flush", request_flush, 0);
  rb_define_method(request, "finish", request_finish, 0);
  rb_define_method(request, "detach", request_detach, 0);
}
