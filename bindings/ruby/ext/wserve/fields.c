/* Fields of an answer, out of a Hash: `name NUL value NUL`, field after field. */
#include <string.h>

#include "native.h"

enum { kUsual = 512 }; /* bytes that fields of an answer take */

struct packing {
  VALUE packed;
  char* data; /* of it */
  long size;
  long capacity;
  int has_lists; /* a value may be a list, one line for each field (Rack 2) */
  int takes_all;
  int is_refused;
};

static char* room_for(struct packing* packing, long size) {
  if (size > packing->capacity - packing->size) {
    packing->capacity = 2 * packing->capacity + size;
    rb_str_set_len(packing->packed, packing->size);
    rb_str_modify_expand(packing->packed, packing->capacity - packing->size);
    packing->data = RSTRING_PTR(packing->packed);
  }
  packing->size += size;
  return packing->data + packing->size - size;
}

static void add_text(struct packing* packing, const char* text, long size) {
  if (memchr(text, '\0', (size_t)size) != NULL) {
    rb_raise(rb_path2class("Wserve::InvalidError"), "a field must not contain NUL");
  }
  char* room = room_for(packing, size + 1);
  memcpy(room, text, (size_t)size);
  room[size] = '\0';
}

static void add_one(struct packing* packing, VALUE name, const char* value, const char* end) {
  add_text(packing, RSTRING_PTR(name), RSTRING_LEN(name));
  add_text(packing, value, end - value);
}

/* What is rare is Ruby's. */
static VALUE fields_module(void) {
  return rb_path2class("Wserve::Fields");
}

static int has_line_end(VALUE text) {
  return memchr(RSTRING_PTR(text), '\n', (size_t)RSTRING_LEN(text)) != NULL;
}

/* A list of it is a mistake. */
static int is_single(VALUE name) {
  return RTEST(rb_funcall(fields_module(), rb_intern("single?"), 1, name));
}

/* Rack 2 puts several values into one String, one a line; the last one may have its end, too.
 * Anywhere else a line end is a mistake, or an attack: the library refuses it. */
static void add_values(struct packing* packing, VALUE name, VALUE value, int is_list) {
  VALUE text = rb_obj_as_string(value);
  const int splits = is_list && has_line_end(text) && !is_single(name);
  const char* from = RSTRING_PTR(text);
  const char* end = from + RSTRING_LEN(text);
  while (is_list && end > from && end[-1] == '\n') {
    --end;
  }
  const char* line_end = NULL;
  while (splits && (line_end = memchr(from, '\n', (size_t)(end - from))) != NULL) {
    add_one(packing, name, from, line_end);
    from = line_end + 1;
  }
  add_one(packing, name, from, end);
  RB_GC_GUARD(text);
}

/* As all names here, in any locale: not by strncasecmp(3). */
static int begins(VALUE name, const char* other, long size) {
  return RSTRING_LEN(name) >= size && STRNCASECMP(RSTRING_PTR(name), other, (size_t)size) == 0;
}

/* What is a message to the server, or its own business. */
static int is_for_server(VALUE name) {
  const long size = RSTRING_LEN(name);
  return begins(name, "rack.", 5) || (size == 17 && begins(name, "transfer-encoding", size)) ||
         (size == 10 && (begins(name, "connection", size) || begins(name, "keep-alive", size)));
}

/* A value that is nil is none. */
static int add_field(VALUE name, VALUE value, VALUE data) {
  struct packing* packing = (struct packing*)data;
  name = rb_obj_as_string(name);
  packing->is_refused = !packing->takes_all && is_for_server(name);
  if (packing->is_refused) {
    return ST_STOP;
  }
  if (!RB_TYPE_P(value, T_ARRAY) && !NIL_P(value)) {
    add_values(packing, name, value, packing->has_lists);
  }
  for (long i = 0; RB_TYPE_P(value, T_ARRAY) && i < RARRAY_LEN(value); ++i) {
    if (!NIL_P(RARRAY_AREF(value, i))) {
      add_values(packing, name, RARRAY_AREF(value, i), 0);
    }
  }
  RB_GC_GUARD(name); /* it may have been made here */
  return ST_CONTINUE;
}

static VALUE pack(VALUE headers, int has_lists, int takes_all) {
  struct packing packing = {.capacity = kUsual, .has_lists = has_lists, .takes_all = takes_all};
  packing.packed = rb_str_buf_new(kUsual);
  packing.data = RSTRING_PTR(packing.packed);
  Check_Type(headers, T_HASH);
  rb_hash_foreach(headers, add_field, (VALUE)&packing);
  rb_str_set_len(packing.packed, packing.size);
  return packing.is_refused ? Qnil : rb_obj_freeze(packing.packed);
}

VALUE wserve_packed(VALUE headers) {
  VALUE packed = pack(headers, 0, 0);
  return !NIL_P(packed) ? packed : rb_funcall(fields_module(), rb_intern("pack"), 1, headers);
}

/* call-seq: pack_fields(headers, has_lists, takes_all) -> String or nil
 *
 * A Hash of fields as the library wants it, frozen; values are Strings, Arrays of them, or, with
 * lists, Strings with a line for each (Rack 2). nil when a field is not for the client, but for the
 * server, unless all are taken: Wserve::Fields knows what to do then. */
static VALUE native_pack_fields(VALUE self, VALUE headers, VALUE has_lists, VALUE takes_all) {
  (void)self;
  return pack(headers, RTEST(has_lists), RTEST(takes_all));
}

void wserve_define_fields(VALUE native) {
  rb_define_module_function(native, "pack_fields", native_pack_fields, 3);
}
