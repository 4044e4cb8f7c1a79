/* start_response and write (PEP 3333). */
#include "native.h"

/* Pieces above this go out without the interpreter's lock: there is much to copy. */
enum { kMuch = 65536 };

static PyObject* request_write(PyObject* object, PyObject* piece);

static PyMethodDef write_method = {"write", request_write, METH_O, "write(bytes)"};

/* The head is out: what was begun cannot be taken back, so the error goes on to the server. */
static int reraise(PyObject* exc_info) {
  PyObject* type = NULL;
  PyObject* value = NULL;
  PyObject* traceback = NULL;
  if (!PyArg_ParseTuple(exc_info, "OOO", &type, &value, &traceback)) {
    return -1;
  }
  PyErr_Restore(Py_NewRef(type), Py_NewRef(value),
                traceback != Py_None ? Py_NewRef(traceback) : NULL);
  return -1;
}

/* A second call is for errors only, and only as long as nothing was sent. */
static int begin_anew(struct request* self, PyObject* exc_info) {
  if (exc_info == NULL) {
    PyErr_SetString(PyExc_AssertionError,
                    "start_response called a second time without providing exc_info.");
    return -1;
  }
  const ws_status discarded = ws_request_discard(self->request);
  if (discarded == WS_ESTATE) {
    return reraise(exc_info);
  }
  Py_CLEAR(self->status);
  Py_CLEAR(self->headers);
  self->declared = -1;
  return 0;
}

static int start(struct request* self, PyObject* status, PyObject* headers, PyObject* exc_info) {
  if (self->is_detached) {
    return 0; /* who has taken the connection answers there */
  }
  if (wserve_live(self) == NULL || (self->status != NULL && begin_anew(self, exc_info) < 0)) {
    return -1;
  }
  if (!PyUnicode_Check(status)) {
    PyErr_Format(PyExc_AssertionError, "status %R is not a string", status);
    return -1;
  }
  if (wserve_begin(self, status, headers, -1) < 0) {
    return -1;
  }
  self->status = Py_NewRef(status);
  self->headers = Py_NewRef(headers);
  return 0;
}

/* The third argument, by place or by name; NULL when it is None or missing. */
static int find_exc_info(PyObject* const* args, Py_ssize_t count, PyObject* names,
                         PyObject** exc_info) {
  const Py_ssize_t named = names != NULL ? PyTuple_Size(names) : 0;
  if (count < 2 || count + named > 3 ||
      (named == 1 &&
       PyUnicode_CompareWithASCIIString(PyTuple_GetItem(names, 0), "exc_info") != 0)) {
    PyErr_SetString(PyExc_TypeError, "start_response(status, headers, exc_info=None)");
    return -1;
  }
  *exc_info = count + named == 3 && args[2] != Py_None ? args[2] : NULL;
  return 0;
}

static PyObject* start_response(PyObject* object, PyObject* const* args, Py_ssize_t count,
                                PyObject* names) {
  PyObject* exc_info = NULL;
  if (find_exc_info(args, count, names, &exc_info) < 0 ||
      start((struct request*)object, args[0], args[1], exc_info) < 0) {
    return NULL;
  }
  return wserve_new_write((struct request*)object);
}

PyObject* wserve_new_write(struct request* request) {
  return PyCFunction_NewEx(&write_method, (PyObject*)request, NULL);
}

static PyMethodDef start_response_method = {
    "start_response", (PyCFunction)(void (*)(void))start_response, METH_FASTCALL | METH_KEYWORDS,
    "start_response(status, headers, exc_info=None) -> write"};

PyObject* wserve_new_start_response(struct request* request) {
  return PyCFunction_NewEx(&start_response_method, (PyObject*)request, NULL);
}

/* -- Pieces of the body -- */

/* May wait for a client that is too slow: other threads run meanwhile. */
static ws_status write_waiting(ws_request* request, const void* data, size_t size) {
  ws_status written = WS_OK;
  Py_BEGIN_ALLOW_THREADS;
  written = ws_request_write(request, data, size);
  Py_END_ALLOW_THREADS;
  return written;
}

static ws_status finish(ws_request* request, const void* data, size_t size) {
  if (size <= kMuch) {
    return ws_request_finish(request, data, size);
  }
  ws_status finished = WS_OK;
  Py_BEGIN_ALLOW_THREADS;
  finished = ws_request_finish(request, data, size);
  Py_END_ALLOW_THREADS;
  return finished;
}

static int send_bytes(struct request* self, const void* data, size_t size, int is_last) {
  ws_request* request = wserve_live(self);
  if (request == NULL) {
    return -1;
  }
  if (self->status == NULL) {
    PyErr_SetString(PyExc_RuntimeError, "start_response was not called before body written");
    return -1;
  }
  self->written += (int64_t)size;
  const ws_status sent = is_last ? finish(request, data, size) : write_waiting(request, data, size);
  return sent == WS_OK ? 0 : (wserve_raise(self->state, sent), -1);
}

int wserve_send_piece(struct request* self, PyObject* piece, int is_last) {
  char* data = NULL;
  Py_ssize_t size = 0;
  if (self->is_detached) {
    return 0;
  }
  if (PyBytes_Check(piece)) {
    PyBytes_AsStringAndSize(piece, &data, &size);
    return size > 0 || is_last ? send_bytes(self, data, (size_t)size, is_last) : 0;
  }
  Py_buffer buffer;
  if (PyObject_GetBuffer(piece, &buffer, PyBUF_SIMPLE) < 0) {
    PyErr_Format(PyExc_TypeError, "the body of an answer must be bytes, got %R", Py_TYPE(piece));
    return -1;
  }
  const int sent =
      buffer.len > 0 || is_last ? send_bytes(self, buffer.buf, (size_t)buffer.len, is_last) : 0;
  PyBuffer_Release(&buffer);
  return sent;
}

static PyObject* request_write(PyObject* object, PyObject* piece) {
  return wserve_send_piece((struct request*)object, piece, 0) == 0 ? Py_NewRef(Py_None) : NULL;
}
