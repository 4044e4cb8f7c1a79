/* Header lists of Python as the library wants them: "name NUL value NUL". */
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* On the stack, as long as they are few. */
struct packed {
  char* data;
  size_t size;
  size_t capacity;
  char first[2048];
};

static void release(struct packed* packed) {
  if (packed->data != packed->first) {
    PyMem_Free(packed->data);
  }
}

static char* room_for(struct packed* packed, size_t size) {
  if (size > packed->capacity - packed->size) {
    const size_t capacity = 2 * packed->capacity + size;
    char* grown = PyMem_Malloc(capacity);
    if (grown == NULL) {
      PyErr_NoMemory();
      return NULL;
    }
    memcpy(grown, packed->data, packed->size);
    release(packed);
    packed->data = grown;
    packed->capacity = capacity;
  }
  char* room = packed->data + packed->size;
  packed->size += size;
  return room;
}

static int add_bytes(struct packed* packed, const char* text, size_t size) {
  if (memchr(text, '\0', size) != NULL) {
    PyErr_SetString(PyExc_ValueError, "a header must not contain NUL");
    return -1;
  }
  char* room = room_for(packed, size + 1);
  if (room == NULL) {
    return -1;
  }
  memcpy(room, text, size);
  room[size] = '\0';
  return 0;
}

/* A native string is latin-1 (PEP 3333). */
static int add_text(struct packed* packed, PyObject* text) {
  Py_ssize_t size = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(text, &size);
  if (bytes != NULL && size == PyUnicode_GetLength(text)) {
    return add_bytes(packed, bytes, (size_t)size);
  }
  PyErr_Clear();
  PyObject* encoded = PyUnicode_AsLatin1String(text);
  char* data = NULL;
  int added = -1;
  if (encoded != NULL && PyBytes_AsStringAndSize(encoded, &data, &size) == 0) {
    added = add_bytes(packed, data, (size_t)size);
  }
  Py_XDECREF(encoded);
  return added;
}

static char to_lower(char c) {
  return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* `other` is in lower case. In any locale: not by strcasecmp(3), nor by PyOS_stricmp(). */
static int is_named(const char* name, const char* other) {
  while (*name != '\0' && to_lower(*name) == *other) {
    ++name;
    ++other;
  }
  return *name == *other;
}

/* The one hop-by-hop field that the library would let pass. */
static int check_name(struct state* state, const char* name) {
  if (!is_named(name, "connection")) {
    return 0;
  }
  PyErr_Format(state->hop_by_hop_error,
               "%s is a hop-by-hop field; a WSGI application must not send it (PEP 3333)", name);
  return -1;
}

static int require_str(PyObject* item, PyObject* text, const char* what) {
  if (PyUnicode_Check(text)) {
    return 0;
  }
  PyErr_Format(PyExc_AssertionError, "Header %s %R is not a string in %R", what, text, item);
  return -1;
}

/* Notes the Content-Length, or puts another one in its place. */
static int add_length(struct packed* packed, size_t value_at, int64_t instead, int64_t* declared) {
  if (instead < 0) {
    *declared = strtoll(packed->data + value_at, NULL, 10);
    return 0;
  }
  char digits[24];
  PyOS_snprintf(digits, sizeof digits, "%lld", (long long)instead);
  packed->size = value_at;
  *declared = instead;
  return add_bytes(packed, digits, strlen(digits));
}

static int add_pair(struct state* state, struct packed* packed, PyObject* item, PyObject* name,
                    PyObject* value, int64_t instead, int64_t* declared) {
  const size_t name_at = packed->size;
  if (require_str(item, name, "name") < 0 || require_str(item, value, "value") < 0 ||
      add_text(packed, name) < 0) {
    return -1;
  }
  const size_t value_at = packed->size;
  if (check_name(state, packed->data + name_at) < 0 || add_text(packed, value) < 0) {
    return -1;
  }
  const int is_length = value_at - name_at == sizeof "content-length" &&
                        is_named(packed->data + name_at, "content-length");
  return is_length ? add_length(packed, value_at, instead, declared) : 0;
}

static int add_item(struct state* state, struct packed* packed, PyObject* item, int64_t instead,
                    int64_t* declared) {
  if (PyTuple_Check(item) && PyTuple_Size(item) == 2) {
    return add_pair(state, packed, item, PyTuple_GetItem(item, 0), PyTuple_GetItem(item, 1),
                    instead, declared);
  }
  PyObject* pair = PySequence_Tuple(item);
  int added = -1;
  if (pair != NULL && PyTuple_Size(pair) == 2) {
    added = add_pair(state, packed, item, PyTuple_GetItem(pair, 0), PyTuple_GetItem(pair, 1),
                     instead, declared);
  } else if (pair != NULL) {
    PyErr_Format(PyExc_ValueError, "a header must be a name and a value, got %R", item);
  }
  Py_XDECREF(pair);
  return added;
}

static int pack(struct state* state, struct packed* packed, PyObject* headers, int64_t instead,
                int64_t* declared) {
  packed->data = packed->first;
  packed->capacity = sizeof packed->first;
  packed->size = 0;
  *declared = -1;
  PyObject* list = PySequence_List(headers);
  const Py_ssize_t count = list != NULL ? PyList_Size(list) : 0;
  int done = list != NULL ? 0 : -1;
  for (Py_ssize_t i = 0; i < count && done == 0; ++i) {
    done = add_item(state, packed, PyList_GetItem(list, i), instead, declared);
  }
  Py_XDECREF(list);
  return done;
}

/* "404 Not Found": three digits, and perhaps a blank and a reason. */
static int parse_status(PyObject* status, const char** reason, int* code) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(status, &size);
  if (text == NULL) {
    return -1;
  }
  char* end = NULL;
  const long number = size >= 3 && text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : 0;
  if (end != text + 3 || (*end != '\0' && *end != ' ') || strlen(text) != (size_t)size) {
    PyErr_Format(PyExc_ValueError, "status must be three digits, a blank and a reason, got %R",
                 status);
    return -1;
  }
  *code = (int)number;
  *reason = *end == ' ' ? end + 1 : NULL;
  return 0;
}

/* What the library says of fields that it refuses is a ValueError, but for those that PEP 3333
 * forbids by name. */
static int refuse(struct state* state, ws_status status) {
  if (status == WS_EINVAL && strstr(ws_last_error(), "hop-by-hop") != NULL) {
    PyErr_SetString(state->hop_by_hop_error, ws_last_error());
  } else {
    wserve_raise(state, status);
  }
  return -1;
}

int wserve_begin(struct request* request, PyObject* status, PyObject* headers, int64_t length) {
  struct packed packed;
  const char* reason = NULL;
  int code = 0;
  ws_request* live = wserve_live(request);
  if (live == NULL || parse_status(status, &reason, &code) < 0) {
    return -1;
  }
  request->is_bodiless = code == 204 || code == 304;
  int done = pack(request->state, &packed, headers, length, &request->declared);
  if (done == 0) {
    const ws_status begun = ws_request_begin(live, code, reason, packed.data, packed.size);
    done = begun == WS_OK ? 0 : refuse(request->state, begun);
  }
  release(&packed);
  return done;
}

int wserve_early_hints(struct request* request, PyObject* headers) {
  struct packed packed;
  int64_t declared = -1;
  ws_request* live = wserve_live(request);
  if (live == NULL) {
    return -1;
  }
  int done = pack(request->state, &packed, headers, -1, &declared);
  if (done == 0) {
    ws_status sent = ws_request_check_fields(live, 103, packed.data, packed.size);
    sent = sent == WS_OK ? ws_request_add_headers(live, packed.data, packed.size) : sent;
    sent = sent == WS_OK ? ws_request_interim(live, 103) : sent;
    done = sent == WS_OK ? 0 : refuse(request->state, sent);
  }
  release(&packed);
  return done;
}
