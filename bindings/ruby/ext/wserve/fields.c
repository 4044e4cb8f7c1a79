/* Fields of an answer, out of a Hash: `name NUL value NUL`, field after field. */
#include <string.h>

#include "native.h"

struct packing {
  VALUE packed;
  int has_lists; /* a value may be a list, one line for each field (Rack 2) */
  int takes_all;
  int is_refused;
};

static void add_text(struct packing* packing, const char* text, long size) {
  if (memchr(text, '\0', (size_t)size) != NULL) {
    rb_raise(rb_path2class("Wserve::InvalidError"), "a field must not contain NUL");
  }
  rb_str_cat(packing->packed, text, size);
  rb_str_cat(packing->packed, "", 1);
}

static void add_one(struct packing* packing, VALUE name, const char* value, const char* end) {
  add_text(packing, RSTRING_PTR(name), RSTRING_LEN(name));
  add_text(packing, value, end - value);
}

/* A list of it is a mistake. */
static int is_single(VALUE name) {
  return RTEST(rb_funcall(rb_path2class("Wserve::Fields"), rb_intern("single?"), 1, name));
}

/* Rack 2 puts several values into one String, one a line; the last one may have its end, too.
 * Anywhere else a line end is a mistake, or an attack: the library refuses it. */
static void add_values(struct packing* packing, VALUE name, VALUE value, int is_list) {
  VALUE text = rb_obj_as_string(value);
  const char* from = RSTRING_PTR(text);
  const char* end = from + RSTRING_LEN(text);
  while (is_list && end > from && end[-1] == '\n') {
    --end;
  }
  const char* line_end = is_list ? memchr(from, '\n', (size_t)(end - from)) : NULL;
  if (line_end != NULL && is_single(name)) {
    line_end = NULL;
  }
  for (; line_end != NULL; line_end = memchr(from, '\n', (size_t)(end - from))) {
    add_one(packing, name, from, line_end);
    from = line_end + 1;
  }
  add_one(packing, name, from, end);
  RB_GC_GUARD(text);
}

/* As all names here, in any locale: not by strncasecmp(3). */
static int is_named(VALUE name, const char* other, long size) {
  return RSTRING_LEN(name) >= size && STRNCASECMP(RSTRING_PTR(name), other, (size_t)size) == 0;
}

/* What is a message to the server, or its own business. */
static int is_for_server(VALUE name) {
  switch (RSTRING_LEN(name)) {
    case 10:
      return is_named(name, "connection", 10) || is_named(name, "keep-alive", 10) ||
             is_named(name, "rack.", 5);
    case 17:
      return is_named(name, "transfer-encoding", 17) || is_named(name, "rack.", 5);
    default:
      return is_named(name, "rack.", 5);
  }
}

/* A value that is nil is none. */
static int add_field(VALUE name, VALUE value, VALUE data) {
  struct packing* packing = (struct packing*)data;
  name = rb_obj_as_string(name);
  if (!packing->takes_all && is_for_server(name)) {
    packing->is_refused = 1;
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
  return ST_CONTINUE;
}

/* call-seq: pack_fields(headers, has_lists = false, takes_all = false) -> String or nil
 *
 * A Hash of fields as the library wants it, frozen; values are Strings, Arrays of them, or, with lists,
 * Strings with a line for each (Rack 2). nil when a field is not for the client, but for the
 * server; Wserve::Fields knows what to do then. */
static VALUE native_pack_fields(int argc, VALUE* argv, VALUE self) {
  (void)self;
  rb_check_arity(argc, 1, 3);
  struct packing packing = {.packed = rb_str_buf_new(255),
                            .has_lists = argc > 1 && RTEST(argv[1]),
                            .takes_all = argc > 2 && RTEST(argv[2])};
  Check_Type(argv[0], T_HASH);
  rb_hash_foreach(argv[0], add_field, (VALUE)&packing);
  return packing.is_refused ? Qnil : rb_obj_freeze(packing.packed);
}

void wserve_define_fields(VALUE native) {
  rb_define_module_function(native, "pack_fields", native_pack_fields, -1);
}
