/* What a request reads, and writes without waiting. */
#include <string.h>

#include "native.h"

static struct request* as_request(PyObject* object) {
  return (struct request*)object;
}

/* What is there costs no turn of the interpreter's lock; what is not is waited for without it, and
 * the request may end meanwhile. */
static ws_status read_some(struct request* self, const Py_buffer* buffer, size_t* got) {
  ws_request* request = self->request;
  ws_status status = ws_request_read_some(request, buffer->buf, (size_t)buffer->len, 0, got);
  if (status == WS_TIMEOUT) {
    ++self->holders;
    Py_BEGIN_ALLOW_THREADS;
    status = ws_request_read_some(request, buffer->buf, (size_t)buffer->len, -1, got);
    Py_END_ALLOW_THREADS;
    wserve_let_go(self, request);
  }
  return status;
}

PyObject* wserve_readinto(PyObject* object, PyObject* target) {
  struct request* self = as_request(object);
  Py_buffer buffer;
  if (wserve_live(self) == NULL || PyObject_GetBuffer(target, &buffer, PyBUF_WRITABLE) < 0) {
    return NULL;
  }
  size_t got = 0;
  const ws_status status = read_some(self, &buffer, &got);
  PyBuffer_Release(&buffer);
  if (status == WS_TIMEOUT) {
    return wserve_raise_state(
        self->state, "with threads=0 nobody can wait for a body that comes: wait on fileno()");
  }
  return status == WS_OK ? PyLong_FromSize_t(got) : wserve_raise(self->state, status);
}

PyObject* wserve_rewind(PyObject* object, PyObject* none) {
  (void)none;
  ws_request* request = wserve_live(as_request(object));
  return request != NULL ? wserve_checked(as_request(object)->state, ws_request_rewind(request))
                         : NULL;
}

PyObject* wserve_body_size(PyObject* object, PyObject* none) {
  (void)none;
  ws_request* request = wserve_live(as_request(object));
  return request != NULL ? PyLong_FromLongLong(ws_request_body_size(request)) : NULL;
}

static PyObject* latin1(const char* text) {
  return PyUnicode_DecodeLatin1(text, (Py_ssize_t)strlen(text), NULL);
}

static int append_pair(PyObject* list, const char* name, const char* value) {
  PyObject* pair = Py_BuildValue("NN", latin1(name), latin1(value));
  const int done = pair != NULL ? PyList_Append(list, pair) : -1;
  Py_XDECREF(pair);
  return done;
}

PyObject* wserve_trailers(PyObject* object, PyObject* none) {
  (void)none;
  ws_request* request = wserve_live(as_request(object));
  PyObject* list = request != NULL ? PyList_New(0) : NULL;
  ws_status status = WS_OK;
  for (size_t i = 0; list != NULL && status == WS_OK; ++i) {
    const char* name = NULL;
    const char* value = NULL;
    status = ws_request_trailer_at(request, i, &name, &value);
    if (status == WS_OK && append_pair(list, name, value) < 0) {
      Py_CLEAR(list);
    }
  }
  if (list != NULL && status != WS_EUNKNOWN) {
    Py_CLEAR(list);
    return wserve_raise(as_request(object)->state, status);
  }
  return list;
}

PyObject* wserve_try_write(PyObject* object, PyObject* piece) {
  struct request* self = as_request(object);
  ws_request* request = wserve_live(self);
  Py_buffer buffer;
  if (request == NULL) {
    return NULL;
  }
  if (self->status == NULL) {
    return wserve_raise_state(self->state, "start_response was not called before try_write");
  }
  if (PyObject_GetBuffer(piece, &buffer, PyBUF_SIMPLE) < 0) {
    return NULL;
  }
  const ws_status sent = ws_request_try_write(request, buffer.buf, (size_t)buffer.len);
  self->written += sent == WS_OK ? buffer.len : 0;
  PyBuffer_Release(&buffer);
  return sent < 0 ? wserve_raise(self->state, sent) : PyBool_FromLong(sent == WS_OK);
}

PyObject* wserve_pending(PyObject* object, PyObject* none) {
  (void)none;
  return PyLong_FromUnsignedLongLong(ws_request_pending(as_request(object)->request));
}

PyObject* wserve_set_mark(PyObject* object, PyObject* bytes) {
  ws_request* request = wserve_live(as_request(object));
  const unsigned long long mark = PyLong_AsUnsignedLongLong(bytes);
  if (request == NULL || PyErr_Occurred() != NULL) {
    return NULL;
  }
  return wserve_checked(as_request(object)->state, ws_request_set_mark(request, mark));
}

PyObject* wserve_fileno(PyObject* object, PyObject* none) {
  (void)none;
  ws_request* request = wserve_live(as_request(object));
  const int fd = request != NULL ? ws_request_event_fd(request) : -1;
  if (request != NULL && fd < 0) {
    return wserve_raise(as_request(object)->state, WS_ESYSTEM);
  }
  return request != NULL ? PyLong_FromLong(fd) : NULL;
}
