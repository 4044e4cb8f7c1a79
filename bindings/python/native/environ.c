/* The environ: pairs of texts as a dict of str. */
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* Keys are few and always the same; values of most of them too. One slot for each hash of a key; a
 * key that finds its slot taken takes it over. */
enum { kSlots = 1024, kMaxKept = 256 };

struct slot {
  PyObject* key;        /* interned, in Python's spelling; NULL for a free slot */
  PyObject* value;      /* the last one, when it is ASCII and not long; or NULL */
  const char* own_text; /* of `key`, as the library spells it: copied */
  size_t own_size;
  const char* text; /* of `value` */
  size_t size;
};

struct environ_cache {
  struct slot slots[kSlots];
};

/* What the library calls otherwise; NULL for what Python does not see. */
static const char* const kRenamed[][2] = {{"ws.url_scheme", "wsgi.url_scheme"},
                                          {"ws.version", NULL},
                                          {"ws.multithread", NULL},
                                          {"ws.input_terminated", NULL}};

struct environ_cache* wserve_new_cache(void) {
  return calloc(1, sizeof(struct environ_cache));
}

static void clear_slot(struct slot* slot) {
  Py_CLEAR(slot->key);
  Py_CLEAR(slot->value);
  free((char*)slot->own_text);
  slot->own_text = NULL;
  slot->own_size = 0;
}

void wserve_free_cache(struct environ_cache* cache) {
  for (size_t i = 0; cache != NULL && i < kSlots; ++i) {
    clear_slot(&cache->slots[i]);
  }
  free(cache);
}

/* By the length and the last bytes: the first are alike. */
static size_t slot_of(const char* key, size_t size) {
  uint64_t last = 0;
  const size_t tail = size < sizeof last ? size : sizeof last;
  memcpy(&last, key + size - tail, tail);
  return (size_t)(((last ^ size) * 0x9e3779b97f4a7c15u) >> (64 - 9));
}

/* The library's own keys are "ws.NAME"; Python has "wserve.NAME" but for those of PEP 3333. None
 * for what it does not have. */
static PyObject* make_key(const char* key, size_t size) {
  if (strncmp(key, "ws.", 3) != 0) {
    return PyUnicode_DecodeLatin1(key, (Py_ssize_t)size, NULL);
  }
  for (size_t i = 0; i < sizeof kRenamed / sizeof kRenamed[0]; ++i) {
    if (strcmp(key, kRenamed[i][0]) == 0) {
      return kRenamed[i][1] != NULL ? PyUnicode_FromString(kRenamed[i][1]) : Py_NewRef(Py_None);
    }
  }
  return PyUnicode_FromFormat("wserve.%s", key + 3);
}

static int take_slot(struct slot* slot, const char* key, size_t size) {
  clear_slot(slot);
  char* copy = malloc(size + 1);
  if (copy == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  PyObject* text = make_key(key, size);
  if (text == NULL) {
    free(copy);
    return -1;
  }
  if (text != Py_None) {
    PyUnicode_InternInPlace(&text);
  }
  memcpy(copy, key, size + 1);
  slot->key = text;
  slot->own_text = copy;
  slot->own_size = size;
  return 0;
}

/* A new reference. Equal values of a key are one object as long as they follow each other. */
static PyObject* value_in(struct slot* slot, const char* value, size_t size) {
  if (slot->value != NULL && slot->size == size && memcmp(slot->text, value, size) == 0) {
    return Py_NewRef(slot->value);
  }
  PyObject* made = PyUnicode_DecodeLatin1(value, (Py_ssize_t)size, NULL);
  if (made == NULL || size > kMaxKept) {
    return made;
  }
  Py_ssize_t length = 0;
  const char* text = PyUnicode_AsUTF8AndSize(made, &length);
  if (text == NULL) {
    Py_DECREF(made);
    return NULL;
  }
  if ((size_t)length == size) { /* ASCII: what str holds are the bytes themselves */
    PyObject* before = slot->value;
    slot->value = Py_NewRef(made);
    Py_XDECREF(before);
    slot->text = text;
    slot->size = size;
  }
  return made;
}

static int add_pair(struct environ_cache* cache, PyObject* environ, const ws_pair* pair) {
  struct slot* slot = &cache->slots[slot_of(pair->key, pair->key_size)];
  if (slot->own_size != pair->key_size || memcmp(slot->own_text, pair->key, pair->key_size) != 0) {
    if (take_slot(slot, pair->key, pair->key_size) < 0) {
      return -1;
    }
  }
  if (slot->key == Py_None) {
    return 0;
  }
  PyObject* value = value_in(slot, pair->value, pair->value_size);
  const int added = value != NULL ? PyDict_SetItem(environ, slot->key, value) : -1;
  Py_XDECREF(value);
  return added;
}

int wserve_fill_environ(struct environ_cache* cache, PyObject* environ, const ws_pair* pairs,
                        size_t count, int* wants_upgrade) {
  *wants_upgrade = 0;
  for (size_t i = 0; i < count; ++i) {
    if (add_pair(cache, environ, &pairs[i]) < 0) {
      return -1;
    }
    *wants_upgrade |= pairs[i].key_size == 12 && memcmp(pairs[i].key, "HTTP_UPGRADE", 12) == 0;
  }
  return 0;
}
