/* wsgi.input: nothing but a reference to the request until somebody reads; then a file of io's. */
#include "native.h"

struct input {
  PyObject_HEAD struct request* request;
  PyObject* open_body; /* makes the file */
  PyObject* file;      /* NULL until somebody reads */
};

PyObject* wserve_new_input(struct state* state, struct request* request, PyObject* open_body) {
  struct input* self = PyObject_New(struct input, state->input_type);
  if (self != NULL) {
    self->request = (struct request*)Py_NewRef((PyObject*)request);
    self->open_body = Py_NewRef(open_body);
    self->file = NULL;
  }
  return (PyObject*)self;
}

static PyObject* file_of(PyObject* object) {
  struct input* self = (struct input*)object;
  if (self->file == NULL) {
    self->file = PyObject_CallFunctionObjArgs(self->open_body, (PyObject*)self->request, NULL);
  }
  return self->file;
}

static PyObject* input_getattro(PyObject* object, PyObject* name) {
  PyObject* own = PyObject_GenericGetAttr(object, name);
  if (own != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError)) {
    return own;
  }
  PyErr_Clear();
  PyObject* file = file_of(object);
  return file != NULL ? PyObject_GetAttr(file, name) : NULL;
}

static PyObject* input_iter(PyObject* object) {
  PyObject* file = file_of(object);
  return file != NULL ? PyObject_GetIter(file) : NULL;
}

static void input_dealloc(PyObject* object) {
  struct input* self = (struct input*)object;
  PyTypeObject* type = Py_TYPE(object);
  Py_CLEAR(self->file);
  Py_CLEAR(self->open_body);
  Py_DECREF((PyObject*)self->request);
  PyObject_Free(object);
  Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_dealloc, input_dealloc},
    {Py_tp_getattro, input_getattro},
    {Py_tp_iter, input_iter},
    {Py_tp_doc, "wsgi.input: the body of a request, with all that an io.BufferedReader can do."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "wserve.Input",
    .basicsize = sizeof(struct input),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

int wserve_add_input_type(PyObject* module, struct state* state) {
  state->input_type = (PyTypeObject*)PyType_FromModuleAndSpec(module, &spec, NULL);
  return state->input_type != NULL ? 0 : -1;
}
