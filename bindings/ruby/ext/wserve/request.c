/* Wserve::Request: its life, its body, and what may wait for a slow client (without the GVL). */
#include "native.h"

static VALUE request_class;
enum { kMuch = 65536 };

/* What a Wserve::Request holds. One thread at a time answers; the GVL alone sees to it but for the
 * calls that give it up. */
struct held {
  ws_request* request; /* NULL once it was released */
  VALUE turn;          /* a Mutex that such a call locks; nil before the first one */
};

static void mark(void* data) {
  rb_gc_mark(((struct held*)data)->turn);
}

static void release(void* data) {
  ws_request_release(((struct held*)data)->request);
  ruby_xfree(data);
}

static size_t size_of(const void* data) {
  return sizeof(struct held);
}

static const rb_data_type_t request_type = {
    .wrap_struct_name = "Wserve::Request",
    .function = {.dmark = mark, .dfree = release, .dsize = size_of},
};

static struct held* held_by(VALUE object) {
  return rb_check_typeddata(object, &request_type);
}

VALUE wserve_new_request(ws_request* request) {
  struct held* held = NULL;
  VALUE object = TypedData_Make_Struct(request_class, struct held, &request_type, held);
  held->request = request;
  held->turn = Qnil;
  return object;
}

ws_request* wserve_request(VALUE object) {
  struct held* held = held_by(object);
  if (held->request == NULL) {
    rb_raise(rb_path2class("Wserve::StateError"), "the request was released");
  }
  return held->request;
}

ws_request* wserve_answer(VALUE object) {
  VALUE turn = held_by(object)->turn;
  if (turn != Qnil && rb_mutex_locked_p(turn) == Qtrue) {
    rb_mutex_lock(turn);
    rb_mutex_unlock(turn); /* until the GVL is given up it stays so */
  }
  return wserve_request(object);
}

VALUE wserve_frozen_bytes(VALUE object) {
  return rb_str_new_frozen(rb_obj_as_string(object));
}

/* Gives the request back; without an answer, the client gets a 500. A second time does nothing. */
static VALUE request_release(VALUE self) {
  struct held* held = held_by(self);
  ws_request* request = held->request;
  held->request = NULL;
  ws_request_release(request);
  return Qnil;
}

static VALUE request_is_released(VALUE self) {
  return held_by(self)->request == NULL ? Qtrue : Qfalse;
}

/* A read of what has not come yet. */
struct reading {
  ws_request* request;
  char* to;
  size_t capacity;
  size_t got;
  ws_status status;
};

/* So long a thread that waits for a body may not have heard that it is to end. */
enum { kPatienceMs = 250 };

static void* wait_for_bytes(void* data) {
  struct reading* reading = data;
  reading->status = ws_request_read_some(reading->request, reading->to, reading->capacity,
                                         kPatienceMs, &reading->got);
  return NULL;
}

/* Whether this thread turns the event loop: it cannot wait for what comes by it. */
static int turns_the_loop(void) {
  return RTEST(rb_funcall(rb_thread_current(), rb_intern("thread_variable?"), 1,
                          ID2SYM(rb_intern("wserve_turns_the_loop"))));
}

/* Without the GVL, and with a reference of its own: another thread may release the request. */
static void wait_in_turns(VALUE self, struct reading* reading) {
  if (reading->status == WS_TIMEOUT && turns_the_loop()) {
    rb_raise(rb_path2class("Wserve::StateError"),
             "with threads=0 nobody can wait for a body that comes");
  }
  while (reading->status == WS_TIMEOUT) {
    reading->request = wserve_request(self);
    ws_request_defer(reading->request);
    rb_thread_call_without_gvl2(wait_for_bytes, reading, NULL, NULL);
    ws_request_release(reading->request);
    if (reading->status == WS_TIMEOUT) {
      rb_thread_check_ints();
    }
  }
}

/* call-seq: read_some(size) -> String, or nil at the end of the body
 *
 * What is there, up to a size; of a streamed body it waits until there is something, and other Ruby
 * threads run meanwhile. */
static VALUE request_read_some(VALUE self, VALUE size) {
  const long capacity = NUM2LONG(size);
  if (capacity < 0) {
    rb_raise(rb_eArgError, "negative length %ld given", capacity);
  }
  VALUE bytes = rb_str_buf_new(capacity);
  struct reading reading = {.to = RSTRING_PTR(bytes), .capacity = (size_t)capacity};
  reading.status =
      ws_request_read_some(wserve_request(self), reading.to, reading.capacity, 0, &reading.got);
  wait_in_turns(self, &reading);
  wserve_checked(reading.status);
  rb_str_set_len(bytes, (long)reading.got);
  RB_GC_GUARD(bytes);
  return reading.got > 0 || capacity == 0 ? bytes : Qnil;
}

/* call-seq: trailers -> [[name, value], ...]
 *
 * The fields behind a chunked body that was read to its end. */
static VALUE request_trailers(VALUE self) {
  VALUE all = rb_ary_new();
  ws_status status = WS_OK;
  const char* name = NULL;
  const char* value = NULL;
  for (size_t i = 0;
       (status = ws_request_trailer_at(wserve_request(self), i, &name, &value)) == WS_OK; ++i) {
    rb_ary_push(all, rb_assoc_new(rb_str_new_cstr(name), rb_str_new_cstr(value)));
  }
  if (status != WS_EUNKNOWN) {
    wserve_raise(status);
  }
  return all;
}

/* call-seq: try_write(bytes) -> true, or false when nothing was sent: too much waits for the client
 */
static VALUE request_try_write(VALUE self, VALUE piece) {
  VALUE bytes = wserve_frozen_bytes(piece);
  ws_request* request = wserve_answer(self);
  const ws_status status =
      ws_request_try_write(request, RSTRING_PTR(bytes), (size_t)RSTRING_LEN(bytes));
  RB_GC_GUARD(bytes);
  wserve_checked(status);
  return status == WS_OK ? Qtrue : Qfalse;
}

/* What is sent, and how. */
struct sending {
  VALUE self;
  ws_status (*send)(const struct sending*);
  ws_request* request;
  int status;       /* of a whole answer */
  const char* type; /* of it, or its fields */
  VALUE fields;
  const char* data;
  size_t size;
  int is_done;
  ws_status result;
};

static ws_status reply(const struct sending* sending) {
  return ws_request_reply(sending->request, sending->status, sending->type, sending->data,
                          sending->size);
}

static ws_status answer(const struct sending* sending) {
  return ws_request_answer(sending->request, sending->status, NULL, RSTRING_PTR(sending->fields),
                           (size_t)RSTRING_LEN(sending->fields), sending->data, sending->size);
}

static ws_status write_piece(const struct sending* sending) {
  return ws_request_write(sending->request, sending->data, sending->size);
}

static ws_status finish(const struct sending* sending) {
  return ws_request_finish(sending->request, sending->data, sending->size);
}

static ws_status flush(const struct sending* sending) {
  return ws_request_flush(sending->request);
}

static void* send_now(void* data) {
  struct sending* sending = data;
  sending->result = sending->send(sending);
  sending->is_done = 1;
  return NULL;
}

/* An interrupt (Thread#kill, say) is seen once the call is over, which write_timeout bounds. With a
 * reference of its own: another thread may release the request meanwhile. */
static VALUE send_in_turn(VALUE data) {
  struct sending* sending = (struct sending*)data;
  while (!sending->is_done) {
    sending->request = wserve_request(sending->self);
    ws_request_defer(sending->request);
    rb_thread_call_without_gvl2(send_now, sending, NULL, NULL);
    ws_request_release(sending->request);
    rb_thread_check_ints();
  }
  return wserve_checked(sending->result);
}

static VALUE send_without_gvl(struct sending* sending) {
  struct held* held = held_by(sending->self);
  if (held->turn == Qnil) {
    held->turn = rb_mutex_new();
  }
  return rb_mutex_synchronize(held->turn, send_in_turn, (VALUE)sending);
}

/* What never waits for the client: the GVL is given up only where there is much to copy. */
static VALUE send_at_once(struct sending* sending, VALUE body) {
  VALUE bytes = wserve_frozen_bytes(body);
  sending->data = RSTRING_PTR(bytes);
  sending->size = (size_t)RSTRING_LEN(bytes);
  VALUE result = Qnil;
  if (sending->size > kMuch) {
    result = send_without_gvl(sending);
  } else {
    sending->request = wserve_answer(sending->self);
    send_now(sending);
    result = wserve_checked(sending->result);
  }
  RB_GC_GUARD(bytes);
  return result;
}

/* call-seq: answer(status, fields, body)
 *
 * The whole answer in one call, with fields of Fields.pack. It never waits for the client. */
static VALUE request_answer(VALUE self, VALUE status, VALUE fields, VALUE body) {
  struct sending sending = {.self = self, .send = answer, .status = NUM2INT(status)};
  sending.fields = wserve_frozen_bytes(fields);
  VALUE result = send_at_once(&sending, body);
  RB_GC_GUARD(sending.fields);
  return result;
}

/* call-seq: reply(status, content_type or fields, body)
 *
 * The whole answer in one call; fields are a Hash as for respond. It never waits for the client;
 * the GVL is given up only where there is much to copy. */
static VALUE request_reply(VALUE self, VALUE status, VALUE type, VALUE body) {
  if (RB_TYPE_P(type, T_HASH)) {
    return request_answer(self, status, wserve_packed(type), body);
  }
  struct sending sending = {.self = self, .send = reply, .status = NUM2INT(status)};
  sending.type = NIL_P(type) ? NULL : StringValueCStr(type);
  VALUE result = send_at_once(&sending, body);
  RB_GC_GUARD(type);
  return result;
}

/* call-seq: write(bytes)
 *
 * Sends a part of the body at once. Waits for a client that is too slow; other Ruby threads run
 * meanwhile. */
static VALUE request_write(VALUE self, VALUE piece) {
  VALUE bytes = wserve_frozen_bytes(piece);
  struct sending sending = {.self = self,
                            .send = write_piece,
                            .data = RSTRING_PTR(bytes),
                            .size = (size_t)RSTRING_LEN(bytes)};
  send_without_gvl(&sending);
  RB_GC_GUARD(bytes);
  return LONG2NUM((long)sending.size);
}

/* Sends the head now. */
static VALUE request_flush(VALUE self) {
  struct sending sending = {.self = self, .send = flush};
  send_without_gvl(&sending);
  return self;
}

/* call-seq: finish(last = nil)
 *
 * Ends the answer, without waiting for the client. The last part of the body goes with the end. */
static VALUE request_finish(int argc, VALUE* argv, VALUE self) {
  rb_check_arity(argc, 0, 1);
  struct sending sending = {.self = self, .send = finish};
  return send_at_once(&sending, argc > 0 ? argv[0] : Qnil);
}

/* call-seq: detach -> [descriptor, bytes behind the request] */
static VALUE request_detach(VALUE self) {
  int fd = -1;
  const char* left = NULL;
  size_t left_size = 0;
  wserve_checked(ws_request_detach(wserve_answer(self), &fd, &left, &left_size));
  return rb_assoc_new(INT2NUM(fd), rb_str_new(left, (long)left_size));
}

void wserve_define_request(VALUE request) {
  request_class = request;
  rb_gc_register_address(&request_class);
  rb_define_method(request, "release", request_release, 0);
  rb_define_method(request, "released?", request_is_released, 0);
  rb_define_method(request, "read_some", request_read_some, 1);
  rb_define_method(request, "trailers", request_trailers, 0);
  rb_define_method(request, "try_write", request_try_write, 1);
  rb_define_method(request, "answer", request_answer, 3);
  rb_define_method(request, "reply", request_reply, 3);
  rb_define_method(request, "write", request_write, 1);
  rb_define_method(request, "flush", request_flush, 0);
  rb_define_method(request, "finish", request_finish, -1);
  rb_define_method(request, "detach", request_detach, 0);
}
