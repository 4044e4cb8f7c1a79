/* The hot path of Rack: an environ out of a request, and a list of fields out of a Hash, in one
 * call each. */
#include <string.h>

#include "native.h"

static VALUE url_scheme_key;

static int starts_with(const char* text, const char* prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Keys are few and always the same: interned ones are neither copied nor hashed anew. */
static VALUE key_of(const char* key) {
  return rb_interned_str(key, (long)strlen(key));
}

static void add_pairs(VALUE env, const char* pairs, const char* end, int is_rack) {
  while (pairs < end) {
    const char* key = pairs;
    const char* value = key + strlen(key) + 1;
    const size_t size = strlen(value);
    pairs = value + size + 1;
    if (!is_rack || !starts_with(key, "ws.")) {
      rb_hash_aset(env, key_of(key), rb_str_new(value, (long)size));
    } else if (strcmp(key, "ws.url_scheme") == 0) {
      rb_hash_aset(env, url_scheme_key, rb_str_new(value, (long)size));
    }
  }
}

static VALUE fill(VALUE self, VALUE env, int is_rack) {
  char first[8192];
  ws_request* request = wserve_request(self);
  const size_t size = ws_request_pack(request, first, sizeof first);
  if (size <= sizeof first) {
    add_pairs(env, first, first + size, is_rack);
    return env;
  }
  VALUE holder = rb_str_buf_new((long)size);
  char* pairs = RSTRING_PTR(holder);
  ws_request_pack(request, pairs, size);
  add_pairs(env, pairs, pairs + size, is_rack);
  RB_GC_GUARD(holder);
  return env;
}

/* The environ as the library has it: a Hash of binary Strings. */
static VALUE request_environ(VALUE self) {
  return fill(self, rb_hash_new(), 0);
}

/* call-seq: rack_env(base) -> Hash
 *
 * A copy of `base` with the environ in it, as Rack wants it. */
static VALUE request_rack_env(VALUE self, VALUE base) {
  return fill(self, rb_hash_dup(base), 1);
}

static void add_text(VALUE fields, const char* text, long size) {
  if (memchr(text, '\0', (size_t)size) != NULL) {
    rb_raise(rb_path2class("Wserve::InvalidError"), "a field must not contain NUL");
  }
  rb_str_cat(fields, text, size);
  rb_str_cat(fields, "", 1);
}

/* Rack 2 puts several values into one String, with line ends in between; none gives one empty
 * value. */
static void add_values(VALUE fields, VALUE name, VALUE value) {
  VALUE text = rb_obj_as_string(value);
  const char* from = RSTRING_PTR(text);
  const char* end = from + RSTRING_LEN(text);
  for (;;) {
    const char* line_end = memchr(from, '\n', (size_t)(end - from));
    add_text(fields, RSTRING_PTR(name), RSTRING_LEN(name));
    add_text(fields, from, (long)((line_end != NULL ? line_end : end) - from));
    if (line_end == NULL) {
      break;
    }
    from = line_end + 1;
  }
  RB_GC_GUARD(text);
}

/* Messages from the application to the server, and what is the server's own business. */
static int is_not_sent(VALUE name) {
  const char* text = RSTRING_PTR(name);
  const long size = RSTRING_LEN(name);
  return (size > 5 && strncasecmp(text, "rack.", 5) == 0) ||
         (size == 10 &&
          (strncasecmp(text, "connection", 10) == 0 || strncasecmp(text, "keep-alive", 10) == 0));
}

static int add_field(VALUE name, VALUE value, VALUE fields) {
  name = rb_obj_as_string(name);
  if (is_not_sent(name)) {
    return ST_CONTINUE;
  }
  if (!RB_TYPE_P(value, T_ARRAY)) {
    add_values(fields, name, value);
    return ST_CONTINUE;
  }
  for (long i = 0; i < RARRAY_LEN(value); ++i) {
    add_values(fields, name, RARRAY_AREF(value, i));
  }
  return ST_CONTINUE;
}

/* call-seq: pack_fields(headers) -> String
 *
 * A Hash of fields as Request#add_headers wants it; values are Strings, Arrays of them, or lines
 * (Rack 2). */
static VALUE native_pack_fields(VALUE self, VALUE headers) {
  (void)self;
  Check_Type(headers, T_HASH);
  VALUE fields = rb_str_buf_new(256);
  rb_hash_foreach(headers, add_field, fields);
  return fields;
}

void wserve_define_rack(VALUE native, VALUE request) {
  url_scheme_key = rb_interned_str_cstr("rack.url_scheme");
  rb_gc_register_address(&url_scheme_key);
  rb_define_method(request, "environ", request_environ, 0);
  rb_define_method(request, "rack_env", request_rack_env, 1);
  rb_define_module_function(native, "pack_fields", native_pack_fields, 1);
}
