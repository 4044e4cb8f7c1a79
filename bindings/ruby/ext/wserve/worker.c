/* Waiting for requests; the GVL is given up meanwhile. */
#include "native.h"

struct taking {
  ws_worker* worker;
  int timeout_ms;
  ws_request* request;
  ws_status status;
};

static void* take(void* data) {
  struct taking* taking = data;
  taking->status = ws_worker_next(taking->worker, taking->timeout_ms, &taking->request);
  return NULL;
}

static void wake(void* worker) {
  ws_worker_wake(worker);
}

/* call-seq: next(timeout_ms) -> Request, nil, or false
 *
 * The next request; nil when the time is up or something else wants this thread; false when the
 * server has stopped. */
static VALUE worker_next(VALUE self, VALUE timeout_ms) {
  struct taking taking = {wserve_worker(self), NUM2INT(timeout_ms), NULL, WS_INTERRUPTED};
  /* First without giving up the GVL: under load a request waits already. */
  taking.status = ws_worker_next(taking.worker, 0, &taking.request);
  if (taking.status == WS_TIMEOUT && taking.timeout_ms != 0) {
    taking.status = WS_INTERRUPTED; /* stays so when an interrupt comes before the call */
    rb_thread_call_without_gvl2(take, &taking, wake, taking.worker);
  }
  VALUE result = taking.status == WS_CLOSED ? Qfalse : Qnil;
  if (taking.status == WS_OK) {
    result = wserve_new_request(taking.request); /* owned, before anything can raise */
  } else if (taking.status < 0) {
    wserve_raise(taking.status);
  }
  rb_thread_check_ints();
  RB_GC_GUARD(self);
  return result;
}

void wserve_define_worker(VALUE worker) {
  rb_define_method(worker, "next", worker_next, 1);
}
