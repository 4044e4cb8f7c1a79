/* What an application returns, on its way to the client. */
#include <string.h>

#include "native.h"

static int end_answer(struct request* self) {
  return wserve_send_piece(self, self->state->nothing, 1);
}

/* While a piece is sent, other threads run, and may take it out of its list. */
static int send_kept(struct request* self, PyObject* piece, int is_last) {
  Py_INCREF(piece);
  const int sent = wserve_send_piece(self, piece, is_last);
  Py_DECREF(piece);
  return sent;
}

/* The one way to send a list: its end is known, so the last piece and the end are one send. */
static int send_list(struct request* self, PyObject* (*item)(PyObject*, Py_ssize_t), PyObject* list,
                     Py_ssize_t count) {
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* piece = item(list, i); /* NULL when the application has taken some away meanwhile */
    const int sent = piece != NULL ? send_kept(self, piece, i + 1 == count) : -1;
    if (sent < 0) {
      return -1;
    }
  }
  return count > 0 ? 0 : end_answer(self);
}

/* To HEAD, and with 204 and 304, nobody would see more: the application's iterable may be without
 * end. */
static int is_seen(struct request* self) {
  const char* method = self->request != NULL ? ws_request_get(self->request, "REQUEST_METHOD") : "";
  return !self->is_bodiless && strcmp(method, "HEAD") != 0;
}

/* What says that it has one piece has it sent together with the end, so that its length is known;
 * any other iterable has each piece sent before the next one is made (PEP 3333). */
static int send_each(struct request* self, PyObject* iterator, int is_single) {
  PyObject* held = NULL;
  int sent = 0;
  for (PyObject* piece; sent == 0 && (piece = PyIter_Next(iterator)) != NULL;) {
    if (held != NULL) {
      sent = wserve_send_piece(self, held, 0);
      Py_CLEAR(held);
    }
    if (is_single && self->written == 0) {
      held = piece;
    } else {
      sent = sent == 0 ? wserve_send_piece(self, piece, 0) : sent;
      Py_DECREF(piece);
      if (sent == 0 && self->written > 0 && !is_seen(self)) {
        break;
      }
    }
  }
  if (sent == 0 && PyErr_Occurred()) {
    sent = -1;
  }
  if (sent == 0) {
    sent = held != NULL ? wserve_send_piece(self, held, 1) : end_answer(self);
  }
  Py_XDECREF(held);
  return sent;
}

static int send_iterable(struct request* self, PyObject* result) {
  Py_ssize_t count = PyObject_Size(result);
  if (count < 0) {
    PyErr_Clear(); /* generators have no length */
  }
  PyObject* iterator = PyObject_GetIter(result);
  if (iterator == NULL) {
    return -1;
  }
  const int sent = send_each(self, iterator, count == 1);
  Py_DECREF(iterator);
  return sent;
}

static int deliver_file(struct request* self, const struct hooks* hooks, PyObject* result) {
  PyObject* write = wserve_new_write(self);
  PyObject* done = write != NULL ? PyObject_CallFunctionObjArgs(
                                       hooks->deliver_file, (PyObject*)self, result, write, NULL)
                                 : NULL;
  Py_XDECREF(write);
  if (done == NULL) {
    return -1;
  }
  const int is_whole = PyObject_IsTrue(done);
  Py_DECREF(done);
  if (is_whole <= 0) {
    return is_whole < 0 ? -1 : send_iterable(self, result);
  }
  return end_answer(self);
}

int wserve_send_body(struct request* self, const struct hooks* hooks, PyObject* result) {
  if (self->is_detached) {
    return 0;
  }
  if (PyList_CheckExact(result)) {
    return send_list(self, PyList_GetItem, result, PyList_Size(result));
  }
  if (PyTuple_CheckExact(result)) {
    return send_list(self, PyTuple_GetItem, result, PyTuple_Size(result));
  }
  if (Py_TYPE(result) == (PyTypeObject*)hooks->file_type) {
    return deliver_file(self, hooks, result);
  }
  return send_iterable(self, result);
}
