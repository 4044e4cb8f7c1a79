/* Threads of Python's that serve: one worker for all of them, and one of them polls. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "server.h"

/* Usual requests have fewer pairs. */
enum { kPairs = 64, kTurnMs = 250 };

struct taken {
  struct environ_cache* cache;
  ws_request* request;
  size_t count;
  ws_pair pairs[kPairs];
};

/* The interpreter's lock keeps the threads apart, where there is one. */
static ws_status take(struct server* self, int timeout_ms, struct taken* taken) {
#ifdef Py_GIL_DISABLED
  pthread_mutex_lock(&self->taking);
#endif
  const ws_status status = ws_worker_take(self->worker, timeout_ms, &taken->request, taken->pairs,
                                          kPairs, &taken->count);
#ifdef Py_GIL_DISABLED
  pthread_mutex_unlock(&self->taking);
#endif
  return status;
}

/* An environ that is larger than usual. */
static void serve_large(struct server* self, struct taken* taken) {
  ws_pair* pairs = PyMem_Calloc(taken->count, sizeof *pairs);
  if (pairs == NULL) {
    ws_request_release(taken->request);
    return;
  }
  const size_t count = ws_request_pairs(taken->request, pairs, taken->count);
  wserve_serve(self->state, &self->hooks, taken->cache, taken->request, pairs, count);
  PyMem_Free(pairs);
}

static void serve(struct server* self, struct taken* taken) {
  if (taken->count > kPairs) {
    serve_large(self, taken);
  } else {
    wserve_serve(self->state, &self->hooks, taken->cache, taken->request, taken->pairs,
                 taken->count);
  }
}

/* Without the interpreter's lock, which every thread that is not the leader gives up here. */
static void become_leader(struct server* self) {
  if (pthread_mutex_trylock(&self->leader) != 0) {
    Py_BEGIN_ALLOW_THREADS;
    pthread_mutex_lock(&self->leader);
    Py_END_ALLOW_THREADS;
  }
}

static void wait_for_work(struct server* self) {
  struct pollfd waited = {.fd = ws_worker_fd(self->worker), .events = POLLIN};
  Py_BEGIN_ALLOW_THREADS;
  poll(&waited, 1, -1);
  Py_END_ALLOW_THREADS;
}

/* As the leader: the descriptor tells only of what comes behind a WS_TIMEOUT of this thread's, so
 * it asks once more before it polls. */
static ws_status lead(struct server* self, struct taken* taken) {
  become_leader(self);
  ws_status status = take(self, 0, taken);
  while ((status == WS_TIMEOUT || status == WS_INTERRUPTED) && PyErr_CheckSignals() == 0) {
    wait_for_work(self);
    status = take(self, 0, taken);
  }
  pthread_mutex_unlock(&self->leader);
  return status;
}

/* threads=0: this thread turns the event loop as well. */
static ws_status turn(struct server* self, struct taken* taken) {
  ws_status status = WS_OK;
  Py_BEGIN_ALLOW_THREADS;
  status = take(self, kTurnMs, taken);
  Py_END_ALLOW_THREADS;
  return status;
}

static ws_status next(struct server* self, struct taken* taken) {
  if (ws_worker_fd(self->worker) < 0) {
    return turn(self, taken);
  }
  const ws_status status = take(self, 0, taken);
  return status == WS_TIMEOUT ? lead(self, taken) : status;
}

static PyObject* serve_until_closed(struct server* self, struct taken* taken) {
  for (;;) {
    const ws_status status = next(self, taken);
    if (status == WS_OK) {
      serve(self, taken);
    }
    if (status == WS_CLOSED) {
      return Py_NewRef(Py_None);
    }
    if (status < 0) {
      return wserve_raise(self->state, status);
    }
    if (PyErr_Occurred() != NULL || PyErr_CheckSignals() < 0) {
      return NULL;
    }
  }
}

/* Where no lock of Python's keeps the threads apart, each has a cache of its own. */
PyObject* wserve_work(PyObject* object, PyObject* none) {
  (void)none;
  struct server* self = (struct server*)object;
  struct taken taken = {.cache = self->cache};
  if (self->worker == NULL) {
    return wserve_raise_state(self->state, "the server has not started");
  }
#ifdef Py_GIL_DISABLED
  taken.cache = wserve_new_cache();
  if (taken.cache == NULL) {
    return PyErr_NoMemory();
  }
#endif
  PyObject* done = serve_until_closed(self, &taken);
  if (taken.cache != self->cache) {
    wserve_free_cache(taken.cache);
  }
  return done;
}
