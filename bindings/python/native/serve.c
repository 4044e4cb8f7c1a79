/* One request: environ, application, answer. Nothing raises out of here. */
#include "native.h"

static int set(PyObject* environ, PyObject* key, PyObject* value) {
  const int done = value != NULL ? PyDict_SetItem(environ, key, value) : -1;
  Py_XDECREF(value);
  return done;
}

static PyObject* bound_method(PyMethodDef* method, struct request* request) {
  return PyCFunction_NewEx(method, (PyObject*)request, NULL);
}

/* A socket that takes the connection when it is first used. */
static int add_socket(const struct hooks* hooks, PyObject* environ, struct request* request) {
  PyObject* opened =
      PyObject_CallFunctionObjArgs(hooks->open_socket, environ, (PyObject*)request, NULL);
  Py_XDECREF(opened);
  return opened != NULL ? 0 : -1;
}

static PyObject* make_environ(struct state* state, const struct hooks* hooks,
                              struct environ_cache* cache, struct request* request,
                              const ws_pair* pairs, size_t count) {
  int wants_upgrade = 0;
  PyObject* environ = PyDict_Copy(hooks->base);
  if (environ == NULL || wserve_fill_environ(cache, environ, pairs, count, &wants_upgrade) < 0 ||
      set(environ, state->input_key, wserve_new_input(state, request, hooks->open_body)) < 0 ||
      set(environ, state->gone_key, bound_method(wserve_is_gone_method(), request)) < 0 ||
      set(environ, state->hints_key, bound_method(wserve_early_hints_method(), request)) < 0 ||
      set(environ, state->request_key, Py_NewRef((PyObject*)request)) < 0 ||
      (wants_upgrade && add_socket(hooks, environ, request) < 0)) {
    Py_CLEAR(environ);
  }
  return environ;
}

/* Whether it worked or not (PEP 3333); what it raises comes behind what was raised before. */
static int close_result(struct state* state, PyObject* result) {
  PyObject* type = NULL;
  PyObject* value = NULL;
  PyObject* traceback = NULL;
  if (PyList_CheckExact(result) || PyTuple_CheckExact(result)) {
    return 0;
  }
  PyErr_Fetch(&type, &value, &traceback);
  PyObject* close = PyObject_GetAttr(result, state->close_name);
  PyObject* closed = close != NULL ? PyObject_CallFunctionObjArgs(close, NULL) : NULL;
  if (close == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Clear();
  }
  Py_XDECREF(close);
  Py_XDECREF(closed);
  if (type != NULL) {
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
  }
  return PyErr_Occurred() != NULL ? -1 : 0;
}

static int answer(struct state* state, const struct hooks* hooks, struct request* request,
                  PyObject* environ) {
  PyObject* start_response = wserve_new_start_response(request);
  PyObject* result = start_response != NULL
                         ? PyObject_CallFunctionObjArgs(hooks->app, environ, start_response, NULL)
                         : NULL;
  Py_XDECREF(start_response);
  if (result == NULL) {
    return -1;
  }
  int sent = wserve_send_body(request, hooks, result);
  sent = close_result(state, result) < 0 ? -1 : sent;
  Py_DECREF(result);
  return sent;
}

/* With the exception that is set: (exception, environ or None, request). What it lets through ends
 * this thread's work. */
static void report(const struct hooks* hooks, PyObject* environ, struct request* request) {
  PyObject* type = NULL;
  PyObject* value = NULL;
  PyObject* traceback = NULL;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != NULL) {
    PyException_SetTraceback(value, traceback);
  }
  PyObject* done = PyObject_CallFunctionObjArgs(
      hooks->report, value, environ != NULL ? environ : Py_None, (PyObject*)request, NULL);
  if (done == NULL && PyErr_ExceptionMatches(PyExc_Exception)) {
    PyErr_WriteUnraisable(hooks->report);
  }
  Py_XDECREF(done);
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
}

void wserve_serve(struct state* state, const struct hooks* hooks, struct environ_cache* cache,
                  ws_request* taken, const ws_pair* pairs, size_t count) {
  struct request* request = wserve_new_request(state, taken);
  if (request == NULL) {
    PyErr_WriteUnraisable(hooks->app);
    ws_request_release(taken);
    return;
  }
  PyObject* environ = make_environ(state, hooks, cache, request, pairs, count);
  if (environ == NULL || answer(state, hooks, request, environ) < 0) {
    report(hooks, environ, request);
  }
  wserve_end_request(request);
  Py_XDECREF(environ);
  Py_DECREF((PyObject*)request);
}
