/* Request: one request of the library's, in Python's hands until its answer has ended. */
#include <string.h>

#include "native.h"

struct request* wserve_new_request(struct state* state, ws_request* taken) {
  struct request* self = PyObject_New(struct request, state->request_type);
  if (self != NULL) {
    self->state = state;
    self->request = taken;
    self->status = self->headers = NULL;
    self->declared = -1;
    self->written = 0;
    self->holders = 1;
    self->is_detached = self->is_bodiless = 0;
  }
  return self;
}

ws_request* wserve_live(struct request* self) {
  if (self->request == NULL) {
    PyErr_SetString(self->state->state_error, "the request has ended");
  }
  return self->request;
}

void wserve_let_go(struct request* self, ws_request* request) {
  if (--self->holders == 0) {
    ws_request_release(request);
  }
}

void wserve_end_request(struct request* self) {
  ws_request* request = self->request;
  self->request = NULL;
  Py_CLEAR(self->status);
  Py_CLEAR(self->headers);
  if (request != NULL) {
    wserve_let_go(self, request);
  }
}

static void request_dealloc(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  wserve_end_request((struct request*)object);
  PyObject_Free(object);
  Py_DECREF(type);
}

/* -- What came in -- */

static PyObject* request_get(PyObject* object, PyObject* key) {
  ws_request* request = wserve_live((struct request*)object);
  const char* name = request != NULL ? PyUnicode_AsUTF8AndSize(key, NULL) : NULL;
  if (name == NULL) {
    return NULL;
  }
  const char* value = ws_request_get(request, name);
  return value != NULL ? PyUnicode_DecodeLatin1(value, (Py_ssize_t)strlen(value), NULL)
                       : Py_NewRef(Py_None);
}

/* A ws_gone_reason; of a request that has ended nobody waits for more. */
static PyObject* request_gone(PyObject* object, PyObject* none) {
  (void)none;
  return PyLong_FromLong(ws_request_gone(((struct request*)object)->request));
}

/* waitress.client_disconnected */
static PyObject* request_is_gone(PyObject* object, PyObject* none) {
  (void)none;
  const int gone = ws_request_gone(((struct request*)object)->request);
  return PyBool_FromLong(gone != WS_GONE_NO && gone != WS_GONE_DRAINING);
}

/* -- The answer -- */

static PyObject* request_early_hints(PyObject* object, PyObject* headers) {
  return wserve_early_hints((struct request*)object, headers) == 0 ? Py_NewRef(Py_None) : NULL;
}

static PyObject* request_add_trailer(PyObject* object, PyObject* args) {
  const char* name = NULL;
  const char* value = NULL;
  ws_request* request = wserve_live((struct request*)object);
  if (request == NULL || !PyArg_ParseTuple(args, "ss", &name, &value)) {
    return NULL;
  }
  return wserve_checked(((struct request*)object)->state,
                        ws_request_add_trailer(request, name, value));
}

static PyObject* request_begin_again(PyObject* object, PyObject* length) {
  struct request* self = (struct request*)object;
  const long long value = PyLong_AsLongLong(length);
  if (wserve_live(self) == NULL || (value == -1 && PyErr_Occurred())) {
    return NULL;
  }
  ws_status done = WS_OK;
  if (self->declared < 0) {
    char digits[24];
    PyOS_snprintf(digits, sizeof digits, "%lld", value);
    self->declared = value;
    done = ws_request_add_header(self->request, "Content-Length", digits);
  } else if (self->declared != value) {
    done = ws_request_discard(self->request);
    if (done == WS_OK && wserve_begin(self, self->status, self->headers, value) < 0) {
      return NULL;
    }
  }
  return wserve_checked(self->state, done);
}

static PyObject* request_declared(PyObject* object, PyObject* none) {
  (void)none;
  return PyLong_FromLongLong(((struct request*)object)->declared);
}

static PyObject* request_is_started(PyObject* object, PyObject* none) {
  (void)none;
  return PyBool_FromLong(((struct request*)object)->status != NULL);
}

/* (descriptor, offset, size): the lock is given up, because files may be slow. */
static PyObject* request_send_file(PyObject* object, PyObject* args) {
  struct request* self = (struct request*)object;
  int fd = -1;
  long long offset = 0;
  long long size = 0;
  ws_request* request = wserve_live(self);
  if (request == NULL || !PyArg_ParseTuple(args, "iLL", &fd, &offset, &size)) {
    return NULL;
  }
  ws_status sent = WS_OK;
  Py_BEGIN_ALLOW_THREADS;
  sent = ws_request_send_file(request, fd, offset, size);
  Py_END_ALLOW_THREADS;
  self->written += size;
  return wserve_checked(self->state, sent);
}

/* Ends the answer because the application has failed: a text to show, or None. Its words for the
 * log are said already. */
static PyObject* request_give_up(PyObject* object, PyObject* text) {
  ws_request* request = wserve_live((struct request*)object);
  if (request == NULL) {
    return NULL;
  }
  PyObject* bytes = text == Py_None ? NULL : PyUnicode_AsEncodedString(text, "utf-8", "replace");
  const char* shown = bytes != NULL ? PyBytes_AsString(bytes) : NULL;
  if (PyErr_Occurred()) {
    Py_XDECREF(bytes);
    return NULL;
  }
  const ws_status done = ws_request_give_up(request, shown);
  Py_XDECREF(bytes);
  return wserve_checked(((struct request*)object)->state, done);
}

/* (descriptor, bytes that the client has sent behind the request) */
static PyObject* request_detach(PyObject* object, PyObject* none) {
  (void)none;
  struct request* self = (struct request*)object;
  ws_request* request = wserve_live(self);
  if (request == NULL) {
    return NULL;
  }
  int fd = -1;
  const char* left = NULL;
  size_t left_size = 0;
  const ws_status detached = ws_request_detach(request, &fd, &left, &left_size);
  if (detached != WS_OK) {
    return wserve_raise(self->state, detached);
  }
  self->is_detached = 1;
  return Py_BuildValue("iy#", fd, left, (Py_ssize_t)left_size);
}

static PyMethodDef methods[] = {
    {"readinto", wserve_readinto, METH_O, "readinto(buffer) -> int: waits for a streamed body"},
    {"rewind", wserve_rewind, METH_NOARGS, "rewind()"},
    {"body_size", wserve_body_size, METH_NOARGS, "body_size() -> int: -1 while nobody knows"},
    {"trailers", wserve_trailers, METH_NOARGS,
     "trailers() -> list of pairs: the fields behind a chunked body that was read to its end"},
    {"get", request_get, METH_O, "get(key) -> str or None: the environ as the library has it"},
    {"gone", request_gone, METH_NOARGS, "gone() -> int: why nobody may be waiting any more"},
    {"is_gone", request_is_gone, METH_NOARGS, "is_gone() -> bool"},
    {"early_hints", request_early_hints, METH_O, "early_hints(headers)"},
    {"add_trailer", request_add_trailer, METH_VARARGS, "add_trailer(name, value)"},
    {"set_length", request_begin_again, METH_O, "set_length(int)"},
    {"declared_length", request_declared, METH_NOARGS, "declared_length() -> int"},
    {"is_started", request_is_started, METH_NOARGS, "is_started() -> bool"},
    {"send_file", request_send_file, METH_VARARGS, "send_file(fd, offset, size)"},
    {"give_up", request_give_up, METH_O, "give_up(text or None)"},
    {"try_write", wserve_try_write, METH_O,
     "try_write(bytes) -> bool: False, and nothing was sent, while too much waits for the client"},
    {"pending", wserve_pending, METH_NOARGS, "pending() -> int: bytes that wait for the client"},
    {"set_mark", wserve_set_mark, METH_O, "set_mark(bytes): how much may wait for this client"},
    {"fileno", wserve_fileno, METH_NOARGS,
     "fileno() -> int: readable when there is news of the client; never to be read itself"},
    {"detach", request_detach, METH_NOARGS, "detach() -> (fd, bytes)"},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef is_gone_method = {"client_disconnected", request_is_gone, METH_NOARGS,
                                     "client_disconnected() -> bool"};
static PyMethodDef early_hints_method = {"early_hints", request_early_hints, METH_O,
                                         "early_hints(headers): sends an interim 103"};

PyMethodDef* wserve_is_gone_method(void) {
  return &is_gone_method;
}

PyMethodDef* wserve_early_hints_method(void) {
  return &early_hints_method;
}

static PyType_Slot slots[] = {
    {Py_tp_dealloc, request_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_doc, "A request, as environ[\"wserve.request\"]."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "wserve.Request",
    .basicsize = sizeof(struct request),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

int wserve_add_request_type(PyObject* module, struct state* state) {
  state->request_type = (PyTypeObject*)PyType_FromModuleAndSpec(module, &spec, NULL);
  return state->request_type != NULL ? PyModule_AddType(module, state->request_type) : -1;
}
