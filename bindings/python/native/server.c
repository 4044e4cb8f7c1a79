/* Server: the control calls, and what all requests have in common. */
#include "server.h"

#include <stdlib.h>
#include <string.h>

static struct server* as_server(PyObject* object) {
  return (struct server*)object;
}

static PyObject* server_new(PyTypeObject* type, PyObject* args, PyObject* named) {
  (void)args;
  (void)named;
  struct server* self = (struct server*)PyType_GenericAlloc(type, 0);
  if (self == NULL) {
    return NULL;
  }
  self->state = wserve_state_of(type);
  pthread_mutex_init(&self->leader, NULL);
  pthread_mutex_init(&self->taking, NULL);
  self->server = ws_server_new();
  self->cache = wserve_new_cache();
  if (self->server == NULL || self->cache == NULL) {
    Py_DECREF((PyObject*)self);
    return PyErr_NoMemory();
  }
  return (PyObject*)self;
}

/* Every object of `hooks` in turn. */
static PyObject** hook_at(struct hooks* hooks, size_t index) {
  PyObject** const all[] = {&hooks->app,    &hooks->file_type, &hooks->deliver_file,
                            &hooks->report, &hooks->open_body, &hooks->open_socket,
                            &hooks->base};
  return index < sizeof all / sizeof all[0] ? all[index] : NULL;
}

static int server_traverse(PyObject* object, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(object));
  PyObject** hook = NULL;
  for (size_t i = 0; (hook = hook_at(&as_server(object)->hooks, i)) != NULL; ++i) {
    Py_VISIT(*hook);
  }
  return 0;
}

static int server_clear(PyObject* object) {
  PyObject** hook = NULL;
  for (size_t i = 0; (hook = hook_at(&as_server(object)->hooks, i)) != NULL; ++i) {
    Py_CLEAR(*hook);
  }
  return 0;
}

static void server_dealloc(PyObject* object) {
  struct server* self = as_server(object);
  PyTypeObject* type = Py_TYPE(object);
  PyObject_GC_UnTrack(object);
  server_clear(object);
  ws_worker_free(self->worker);
  ws_server_free(self->server);
  wserve_free_cache(self->cache);
  PyObject_GC_Del(object);
  Py_DECREF(type);
}

static PyObject* checked(PyObject* object, ws_status status) {
  return wserve_checked(as_server(object)->state, status);
}

/* -- Options -- */

static PyObject* server_set(PyObject* object, PyObject* args) {
  const char* name = NULL;
  const char* value = NULL;
  if (!PyArg_ParseTuple(args, "sz", &name, &value)) {
    return NULL;
  }
  return checked(object, ws_server_set(as_server(object)->server, name, value));
}

static PyObject* server_set_packed(PyObject* object, PyObject* settings) {
  char* packed = NULL;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(settings, &packed, &size) < 0) {
    return NULL;
  }
  return checked(object, ws_server_set_packed(as_server(object)->server, packed, (size_t)size));
}

static PyObject* text_or_none(const char* text) {
  return text != NULL ? PyUnicode_DecodeFSDefault(text) : Py_NewRef(Py_None);
}

static PyObject* server_get(PyObject* object, PyObject* args) {
  const char* name = NULL;
  if (!PyArg_ParseTuple(args, "s", &name)) {
    return NULL;
  }
  return text_or_none(ws_server_get(as_server(object)->server, name));
}

static PyObject* server_load_settings(PyObject* object, PyObject* args) {
  const char* name = NULL;
  if (!PyArg_ParseTuple(args, "s", &name)) {
    return NULL;
  }
  return checked(object, ws_server_load_settings(as_server(object)->server, name, NULL));
}

static PyObject* server_explain_proxy(PyObject* object, PyObject* args) {
  ws_server* server = as_server(object)->server;
  const char* peer = NULL;
  const char* fields = NULL;
  if (!PyArg_ParseTuple(args, "ss", &peer, &fields)) {
    return NULL;
  }
  const size_t size = ws_server_explain_proxy(server, peer, fields, NULL, 0);
  if (size == 0) {
    return wserve_raise(as_server(object)->state, WS_EINVAL);
  }
  char* text = PyMem_Malloc(size + 1);
  if (text == NULL) {
    return PyErr_NoMemory();
  }
  ws_server_explain_proxy(server, peer, fields, text, size + 1);
  PyObject* made = PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "replace");
  PyMem_Free(text);
  return made;
}

/* -- Its life -- */

static PyObject* server_check(PyObject* object, PyObject* none) {
  (void)none;
  return checked(object, ws_server_check(as_server(object)->server));
}

static PyObject* server_listen(PyObject* object, PyObject* none) {
  (void)none;
  return checked(object, ws_server_listen(as_server(object)->server));
}

static PyObject* server_port(PyObject* object, PyObject* args) {
  Py_ssize_t index = 0;
  if (!PyArg_ParseTuple(args, "n", &index)) {
    return NULL;
  }
  return PyLong_FromLong(ws_server_port(as_server(object)->server, (size_t)index));
}

static PyObject* server_address(PyObject* object, PyObject* args) {
  Py_ssize_t index = 0;
  if (!PyArg_ParseTuple(args, "n", &index)) {
    return NULL;
  }
  return text_or_none(ws_server_address(as_server(object)->server, (size_t)index));
}

/* With the hooks, in their order. */
static PyObject* server_start(PyObject* object, PyObject* hooks) {
  struct server* self = as_server(object);
  PyObject** hook = NULL;
  if (!PyTuple_Check(hooks)) {
    PyErr_SetString(PyExc_TypeError, "hooks must be a tuple");
    return NULL;
  }
  for (size_t i = 0; (hook = hook_at(&self->hooks, i)) != NULL; ++i) {
    PyObject* given = PyTuple_GetItem(hooks, (Py_ssize_t)i);
    if (given == NULL) {
      return NULL;
    }
    Py_CLEAR(*hook);
    *hook = Py_NewRef(given);
  }
  self->worker = self->worker != NULL ? self->worker : ws_worker_new(self->server);
  if (self->worker == NULL) {
    return wserve_raise(self->state, WS_ESTATE);
  }
  return checked(object, ws_server_start(self->server));
}

static PyObject* server_join(PyObject* object, PyObject* none) {
  (void)none;
  ws_status joined = WS_OK;
  Py_BEGIN_ALLOW_THREADS;
  joined = ws_server_join(as_server(object)->server);
  Py_END_ALLOW_THREADS;
  return checked(object, joined);
}

static PyObject* server_stop(PyObject* object, PyObject* none) {
  (void)none;
  ws_server_stop(as_server(object)->server);
  return Py_NewRef(Py_None);
}

static PyObject* server_drain(PyObject* object, PyObject* args) {
  int deadline_ms = 0;
  if (!PyArg_ParseTuple(args, "i", &deadline_ms)) {
    return NULL;
  }
  ws_server_drain(as_server(object)->server, deadline_ms);
  return Py_NewRef(Py_None);
}

static PyObject* server_stat(PyObject* object, PyObject* args) {
  const char* name = NULL;
  if (!PyArg_ParseTuple(args, "s", &name)) {
    return NULL;
  }
  return PyLong_FromLongLong(ws_server_stat(as_server(object)->server, name));
}

/* Closes the sockets of a server that never ran, or gives it up. */
static PyObject* server_free(PyObject* object, PyObject* none) {
  (void)none;
  struct server* self = as_server(object);
  ws_server* server = self->server;
  self->server = NULL;
  ws_server_free(server);
  return Py_NewRef(Py_None);
}

/* -- The log -- */

static PyObject* server_keep_log(PyObject* object, PyObject* args) {
  Py_ssize_t limit = 0;
  if (!PyArg_ParseTuple(args, "n", &limit)) {
    return NULL;
  }
  return checked(object, ws_server_keep_log(as_server(object)->server, (size_t)limit));
}

static PyObject* server_log_fd(PyObject* object, PyObject* none) {
  (void)none;
  return PyLong_FromLong(ws_server_log_fd(as_server(object)->server));
}

/* (severity, line), or None. */
static PyObject* server_take_log(PyObject* object, PyObject* none) {
  (void)none;
  ws_severity severity = WS_LOG_INFO;
  const char* line = NULL;
  size_t size = 0;
  const ws_status taken = ws_server_take_log(as_server(object)->server, &severity, &line, &size);
  if (taken != WS_OK) {
    return checked(object, taken);
  }
  PyObject* text = PyUnicode_DecodeUTF8(line, (Py_ssize_t)size, "backslashreplace");
  return text != NULL ? Py_BuildValue("iN", (int)severity, text) : NULL;
}

/* -- The access log, and slow requests -- */

static PyObject* server_keep_access(PyObject* object, PyObject* args) {
  Py_ssize_t limit = 0;
  if (!PyArg_ParseTuple(args, "n", &limit)) {
    return NULL;
  }
  return checked(object, ws_server_keep_access(as_server(object)->server, (size_t)limit));
}

static PyObject* server_access_fd(PyObject* object, PyObject* none) {
  (void)none;
  return PyLong_FromLong(ws_server_access_fd(as_server(object)->server));
}

/* A line, or None. */
static PyObject* server_take_access(PyObject* object, PyObject* none) {
  (void)none;
  const char* line = NULL;
  size_t size = 0;
  const ws_status taken = ws_server_take_access(as_server(object)->server, &line, &size);
  if (taken != WS_OK) {
    return checked(object, taken);
  }
  return PyUnicode_DecodeUTF8(line, (Py_ssize_t)size, "backslashreplace");
}

static PyObject* server_keep_slow(PyObject* object, PyObject* none) {
  (void)none;
  return checked(object, ws_server_keep_slow(as_server(object)->server));
}

static PyObject* server_slow_fd(PyObject* object, PyObject* none) {
  (void)none;
  return PyLong_FromLong(ws_server_slow_fd(as_server(object)->server));
}

/* (native id of a thread, line), or None. */
static PyObject* server_take_slow(PyObject* object, PyObject* none) {
  (void)none;
  int64_t thread = 0;
  const void* request = NULL;
  const char* line = NULL;
  size_t size = 0;
  const ws_status taken =
      ws_server_take_slow(as_server(object)->server, &thread, &request, &line, &size);
  if (taken != WS_OK) {
    return checked(object, taken);
  }
  PyObject* text = PyUnicode_DecodeUTF8(line, (Py_ssize_t)size, "backslashreplace");
  return text != NULL ? Py_BuildValue("LN", (long long)thread, text) : NULL;
}

static PyMethodDef methods[] = {
    {"set", server_set, METH_VARARGS, "set(name, text or None)"},
    {"set_packed", server_set_packed, METH_O, "set_packed(bytes)"},
    {"get", server_get, METH_VARARGS, "get(name) -> str or None"},
    {"load_settings", server_load_settings, METH_VARARGS, "load_settings(ini_file)"},
    {"explain_proxy", server_explain_proxy, METH_VARARGS, "explain_proxy(peer, fields) -> str"},
    {"check", server_check, METH_NOARGS, "check(): as listen(), but does not"},
    {"listen", server_listen, METH_NOARGS, "listen()"},
    {"port", server_port, METH_VARARGS, "port(index) -> int"},
    {"address", server_address, METH_VARARGS, "address(index) -> str or None"},
    {"start", server_start, METH_O, "start(hooks)"},
    {"work", wserve_work, METH_NOARGS, "work(): serves on this thread until the server stops"},
    {"join", server_join, METH_NOARGS, "join()"},
    {"stop", server_stop, METH_NOARGS, "stop()"},
    {"drain", server_drain, METH_VARARGS, "drain(milliseconds)"},
    {"stat", server_stat, METH_VARARGS, "stat(name) -> int"},
    {"free", server_free, METH_NOARGS, "free()"},
    {"keep_log", server_keep_log, METH_VARARGS, "keep_log(lines)"},
    {"log_fd", server_log_fd, METH_NOARGS, "log_fd() -> int"},
    {"take_log", server_take_log, METH_NOARGS, "take_log() -> (severity, line) or None"},
    {"keep_access", server_keep_access, METH_VARARGS, "keep_access(lines)"},
    {"access_fd", server_access_fd, METH_NOARGS, "access_fd() -> int"},
    {"take_access", server_take_access, METH_NOARGS, "take_access() -> line or None"},
    {"keep_slow", server_keep_slow, METH_NOARGS, "keep_slow()"},
    {"slow_fd", server_slow_fd, METH_NOARGS, "slow_fd() -> int"},
    {"take_slow", server_take_slow, METH_NOARGS, "take_slow() -> (thread, line) or None"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, server_new},
    {Py_tp_dealloc, server_dealloc},
    {Py_tp_traverse, server_traverse},
    {Py_tp_clear, server_clear},
    {Py_tp_methods, methods},
    {Py_tp_doc, "A ws_server; wserve.Server is what to use."},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "wserve._native.Server",
    .basicsize = sizeof(struct server),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

int wserve_add_server_type(PyObject* module, struct state* state) {
  state->server_type = (PyTypeObject*)PyType_FromModuleAndSpec(module, &spec, NULL);
  return state->server_type != NULL ? PyModule_AddType(module, state->server_type) : -1;
}
