/* wserve._native: errors, options, and the module itself (multi-phase initialisation). */
#include "native.h"

static struct state* state_in(PyObject* module) {
  return PyModule_GetState(module);
}

struct state* wserve_state_of(PyTypeObject* type) {
  return PyType_GetModuleState(type);
}

/* -- Errors -- */

static PyObject* class_of(struct state* state, ws_status status) {
  switch (status) {
    case WS_EINVAL:
    case WS_EUNKNOWN:
    case WS_ECONFLICT:
      return PyExc_ValueError;
    case WS_ENOMEM:
      return PyExc_MemoryError;
    case WS_EDISCONNECTED:
      return state->disconnected_error;
    case WS_ESYSTEM:
      return state->system_error;
    case WS_ESTATE:
      return state->state_error;
    default:
      return PyExc_RuntimeError;
  }
}

PyObject* wserve_raise(struct state* state, ws_status status) {
  const char* text = ws_last_error();
  PyErr_SetString(class_of(state, status), *text != '\0' ? text : ws_status_name(status));
  return NULL;
}

PyObject* wserve_raise_state(struct state* state, const char* text) {
  PyErr_SetString(state->state_error, text);
  return NULL;
}

PyObject* wserve_checked(struct state* state, ws_status status) {
  return status < 0 ? wserve_raise(state, status) : Py_NewRef(Py_None);
}

/* -- Functions -- */

/* [(name, type, unit, default, range, help, since), ...] */
static PyObject* options(PyObject* module, PyObject* none) {
  (void)module;
  (void)none;
  PyObject* list = PyList_New(0);
  for (size_t i = 0; list != NULL && i < ws_option_count(); ++i) {
    PyObject* option = Py_BuildValue("sssssss", ws_option_name(i), ws_option_type(i),
                                     ws_option_unit(i), ws_option_default(i), ws_option_range(i),
                                     ws_option_help(i), ws_option_since(i));
    if (option == NULL || PyList_Append(list, option) < 0) {
      Py_CLEAR(list);
    }
    Py_XDECREF(option);
  }
  return list;
}

/* [(name, metric, labels, type, unit, help, since), ...] */
static PyObject* stats(PyObject* module, PyObject* none) {
  (void)module;
  (void)none;
  PyObject* list = PyList_New(0);
  for (size_t i = 0; list != NULL && i < ws_stat_count(); ++i) {
    PyObject* stat =
        Py_BuildValue("sssssss", ws_stat_name(i), ws_stat_metric(i), ws_stat_labels(i),
                      ws_stat_type(i), ws_stat_unit(i), ws_stat_help(i), ws_stat_since(i));
    if (stat == NULL || PyList_Append(list, stat) < 0) {
      Py_CLEAR(list);
    }
    Py_XDECREF(stat);
  }
  return list;
}

static PyObject* version(PyObject* module, PyObject* none) {
  (void)module;
  (void)none;
  return PyUnicode_FromString(ws_version());
}

static PyMethodDef functions[] = {
    {"options", options, METH_NOARGS, "options() -> list of tuples"},
    {"stats", stats, METH_NOARGS, "stats() -> list of tuples"},
    {"version", version, METH_NOARGS, "version() -> str"},
    {NULL, NULL, 0, NULL},
};

/* -- The module -- */

static PyObject* add_error(PyObject* module, const char* name, const char* doc, PyObject* bases) {
  PyObject* error = PyErr_NewExceptionWithDoc(name, doc, bases, NULL);
  if (error != NULL && PyModule_AddType(module, (PyTypeObject*)error) < 0) {
    Py_CLEAR(error);
  }
  return error;
}

static int add_errors(PyObject* module, struct state* state) {
  state->disconnected_error =
      add_error(module, "wserve.ClientDisconnected",
                "The client has left: nobody reads what is written.", PyExc_ConnectionError);
  state->state_error =
      add_error(module, "wserve.StateError", "The call comes too early, too late, or twice.",
                PyExc_RuntimeError);
  state->system_error =
      add_error(module, "wserve._native.SystemError",
                "What the system refuses; wserve raises it as an OSError.", PyExc_OSError);
  PyObject* bases = PyTuple_Pack(2, PyExc_AssertionError, PyExc_ValueError);
  state->hop_by_hop_error =
      bases != NULL ? add_error(module, "wserve.HopByHopError",
                                "A header that belongs to one connection (PEP 3333).", bases)
                    : NULL;
  Py_XDECREF(bases);
  return state->disconnected_error != NULL && state->state_error != NULL &&
                 state->system_error != NULL && state->hop_by_hop_error != NULL
             ? 0
             : -1;
}

static int add_texts(struct state* state) {
  state->input_key = PyUnicode_InternFromString("wsgi.input");
  state->gone_key = PyUnicode_InternFromString("waitress.client_disconnected");
  state->hints_key = PyUnicode_InternFromString("wsgi.early_hints");
  state->request_key = PyUnicode_InternFromString("wserve.request");
  state->close_name = PyUnicode_InternFromString("close");
  state->nothing = PyBytes_FromStringAndSize(NULL, 0);
  return PyErr_Occurred() != NULL ? -1 : 0;
}

/* Extensions that applications use, such as NumPy, break in other interpreters. */
static int check_host(void) {
  if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0) {
    PyErr_SetString(PyExc_ImportError, "wserve serves in the main interpreter only");
    return -1;
  }
  if (ws_abi_version() != 1) {
    PyErr_Format(PyExc_ImportError, "wserve is made for libwserve.so.1, and this one is .so.%d",
                 ws_abi_version());
    return -1;
  }
  return 0;
}

static int exec(PyObject* module) {
  struct state* state = state_in(module);
  return check_host() < 0 || add_errors(module, state) < 0 || add_texts(state) < 0 ||
                 wserve_add_request_type(module, state) < 0 ||
                 wserve_add_input_type(module, state) < 0 ||
                 wserve_add_server_type(module, state) < 0
             ? -1
             : 0;
}

/* Every object of the module's. */
static PyObject** object_at(struct state* state, size_t index) {
  PyObject** const all[] = {(PyObject**)&state->server_type,
                            (PyObject**)&state->request_type,
                            (PyObject**)&state->input_type,
                            &state->disconnected_error,
                            &state->state_error,
                            &state->system_error,
                            &state->hop_by_hop_error,
                            &state->input_key,
                            &state->gone_key,
                            &state->hints_key,
                            &state->request_key,
                            &state->close_name,
                            &state->nothing};
  return index < sizeof all / sizeof all[0] ? all[index] : NULL;
}

static int traverse(PyObject* module, visitproc visit, void* arg) {
  PyObject** object = NULL;
  for (size_t i = 0; (object = object_at(state_in(module), i)) != NULL; ++i) {
    Py_VISIT(*object);
  }
  return 0;
}

static int clear(PyObject* module) {
  PyObject** object = NULL;
  for (size_t i = 0; (object = object_at(state_in(module), i)) != NULL; ++i) {
    Py_CLEAR(*object);
  }
  return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

struct PyModuleDef wserve_native_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "wserve._native",
    .m_doc = "libwserve, for the wserve package.",
    .m_size = sizeof(struct state),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
};

PyMODINIT_FUNC PyInit__native(void) {
  return PyModuleDef_Init(&wserve_native_module);
}
