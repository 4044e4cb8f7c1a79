/* A server as Python holds it. */
#ifndef WSERVE_PYTHON_SERVER_H
#define WSERVE_PYTHON_SERVER_H

#include <pthread.h>

#include "native.h"

struct server {
  PyObject_HEAD struct state* state;
  ws_server* server;
  ws_worker* worker;      /* of all threads that serve; NULL before start() */
  pthread_mutex_t leader; /* who has it polls the worker's descriptor */
  pthread_mutex_t
      taking; /* one thread at a time uses the worker, where no lock of Python's says so */
  struct hooks hooks;
  struct environ_cache* cache;
};

/* work(): serves on this thread until the server has stopped. */
PyObject* wserve_work(PyObject* server, PyObject* none);

#endif
