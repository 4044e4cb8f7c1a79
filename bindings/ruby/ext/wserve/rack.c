/* The hot path of Rack: an environ out of a request, and a list of fields out of a Hash, in one
 * call each. */
#include <string.h>

#include "native.h"

static VALUE url_scheme_key, path_info_key, request_path_key, http_version_key;

/* Keys are few and always the same: each is interned once. One slot for each hash; a key that finds
 * its slot taken takes it over. Values of some keys hardly ever change, and are frozen and shared.
 */
enum { kSlots = 512, kPairs = 64 };
static VALUE slot_keys;
static VALUE slot_values; /* false: not shared */

static const char* const kShared[] = {"REQUEST_METHOD",  "SERVER_NAME",     "SERVER_PORT",
                                      "SERVER_PROTOCOL", "SERVER_SOFTWARE", "ws.url_scheme"};

static int is_shared(const char* key) {
  for (size_t i = 0; i < sizeof kShared / sizeof kShared[0]; ++i) {
    if (strcmp(key, kShared[i]) == 0) {
      return 1;
    }
  }
  return 0;
}

static int holds(VALUE text, const char* bytes, long size) {
  return RB_TYPE_P(text, T_STRING) && RSTRING_LEN(text) == size &&
         memcmp(RSTRING_PTR(text), bytes, (size_t)size) == 0;
}

/* FNV-1a; tells the length too. */
static long slot_of(const char* key, long* size) {
  uint32_t hash = 2166136261u;
  const char* at = key;
  for (; *at != '\0'; ++at) {
    hash = (hash ^ (unsigned char)*at) * 16777619u;
  }
  *size = at - key;
  return (long)((hash ^ (hash >> 16)) % kSlots);
}

static VALUE take_slot(long slot, const char* key, long size) {
  VALUE text = rb_interned_str(key, size);
  rb_ary_store(slot_keys, slot, text);
  rb_ary_store(slot_values, slot, is_shared(key) ? Qnil : Qfalse);
  return text;
}

static VALUE value_in(long slot, const char* value, long size) {
  VALUE shared = RARRAY_AREF(slot_values, slot);
  if (shared == Qfalse) {
    return rb_str_new(value, size);
  }
  if (!holds(shared, value, size)) {
    shared = rb_obj_freeze(rb_str_new(value, size));
    rb_ary_store(slot_values, slot, shared);
  }
  return shared;
}

/* Pairs on their way into a Hash, many at a time. */
struct pairs {
  VALUE env;
  long count;
  VALUE items[2 * kPairs];
};

static void insert(struct pairs* pairs) {
  rb_hash_bulk_insert(pairs->count, pairs->items, pairs->env);
  pairs->count = 0;
}

static void add_pair(struct pairs* pairs, VALUE key, VALUE value) {
  if (pairs->count == 2 * kPairs) {
    insert(pairs);
  }
  pairs->items[pairs->count++] = key;
  pairs->items[pairs->count++] = value;
}

/* The path of a target, as the client wrote it: in origin form, absolute form, or "*". */
static VALUE path_of(const char* target) {
  const char* path = target;
  if (*target != '/' && *target != '*') {
    const char* authority = strstr(target, "://");
    path = authority != NULL ? authority + 3 : target;
    path += strcspn(path, "/?");
  }
  const size_t size = strcspn(path, "?");
  return size > 0 ? rb_str_new(path, (long)size) : rb_str_new("/", 1);
}

/* What Rack has in place of a pair of the library's, or beside it. Returns whether the pair stays.
 * The scheme has another name. HTTP_VERSION is the server's: the field
 * "Version" of a client must not become it. PATH_INFO is the undecoded one. */
static int adapt(struct pairs* pairs, const char* name, long size, VALUE value) {
  switch (size) {
    case 9:
      return strcmp(name, "PATH_INFO") != 0;
    case 11:
      if (strcmp(name, "REQUEST_URI") == 0) {
        add_pair(pairs, request_path_key, path_of(RSTRING_PTR(value)));
      }
      break;
    case 12:
      return strcmp(name, "HTTP_VERSION") != 0;
    case 13:
      if (strcmp(name, "ws.url_scheme") == 0) {
        add_pair(pairs, url_scheme_key, value);
        return 0;
      }
      break;
    case 15:
      if (strcmp(name, "SERVER_PROTOCOL") == 0) {
        add_pair(pairs, http_version_key, value);
      }
      break;
    default:
      break;
  }
  return 1;
}

/* Rack has no use for the others. */
static int is_foreign(const char* name) {
  static const char* const known[] = {"url_scheme", "request_id", "queue_time"};
  if (strncmp(name, "ws.", 3) != 0) {
    return 0;
  }
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    if (strcmp(name + 3, known[i]) == 0) {
      return 0;
    }
  }
  return 1;
}

static void add_packed(struct pairs* pairs, const char* packed, const char* end, int is_rack) {
  while (packed < end) {
    long size = 0;
    const char* name = packed;
    const long slot = slot_of(name, &size);
    const char* text = name + size + 1;
    const long text_size = (long)strlen(text);
    packed = text + text_size + 1;
    if (is_rack && is_foreign(name)) {
      continue;
    }
    VALUE key = RARRAY_AREF(slot_keys, slot);
    if (!holds(key, name, size)) {
      key = take_slot(slot, name, size);
    }
    VALUE value = value_in(slot, text, text_size);
    if (!is_rack || adapt(pairs, name, size, value)) {
      add_pair(pairs, key, value);
    }
  }
}

/* The path that is left of the prefix, as the client wrote it: frameworks decode it themselves. */
static void add_raw_path(struct pairs* pairs, ws_request* request) {
  const char* path = ws_request_get(request, "ws.raw_path_info");
  if (path == NULL) {
    rb_memerror();
  }
  add_pair(pairs, path_info_key, rb_str_new(path, (long)strlen(path)));
}

static void fill(struct pairs* pairs, VALUE self, int is_rack) {
  char first[8192];
  ws_request* request = wserve_request(self);
  const size_t size = ws_request_pack(request, first, sizeof first);
  if (size <= sizeof first) {
    add_packed(pairs, first, first + size, is_rack);
  } else {
    VALUE holder = rb_str_buf_new((long)size);
    char* packed = RSTRING_PTR(holder);
    ws_request_pack(request, packed, size);
    add_packed(pairs, packed, packed + size, is_rack);
    RB_GC_GUARD(holder);
  }
  if (is_rack) {
    add_raw_path(pairs, request);
  }
  insert(pairs);
}

/* The environ as the library has it: a Hash of binary Strings. */
static VALUE request_environ(VALUE self) {
  struct pairs pairs = {.env = rb_hash_new(), .count = 0};
  fill(&pairs, self, 0);
  return pairs.env;
}

/* call-seq: rack_env(key, value, ...) -> Hash
 *
 * The environ as Rack wants it, with these pairs. Values that hardly ever change, such as
 * SERVER_NAME, are frozen. */
static VALUE request_rack_env(int argc, VALUE* argv, VALUE self) {
  struct pairs pairs = {.env = rb_hash_new(), .count = 0};
  for (int i = 0; i + 1 < argc; i += 2) {
    add_pair(&pairs, argv[i], argv[i + 1]);
  }
  fill(&pairs, self, 1);
  return pairs.env;
}

/* Fields as ws_request_add_headers() wants them: on the stack, as long as they are few. */
struct fields {
  char* data;
  long size;
  long capacity;
  VALUE holder;  /* of what has outgrown the stack */
  int found;     /* of kFound... */
  int has_lists; /* whether a value may be a list, one line for each field (Rack 2) */
  char first[2048];
};

/* What an answer's fields hold besides those that are sent. */
enum { kFoundHijack = 1, kFoundTransferEncoding = 2, kFoundLength = 4, kFoundClose = 8 };

static char* room_for(struct fields* fields, long size) {
  if (size > fields->capacity - fields->size) {
    fields->capacity = 2 * fields->capacity + size;
    VALUE holder = rb_str_buf_new(fields->capacity);
    memcpy(RSTRING_PTR(holder), fields->data, (size_t)fields->size);
    fields->holder = holder;
    fields->data = RSTRING_PTR(holder);
  }
  char* room = fields->data + fields->size;
  fields->size += size;
  return room;
}

static void add_text(struct fields* fields, const char* text, long size) {
  if (memchr(text, '\0', (size_t)size) != NULL) {
    rb_raise(rb_path2class("Wserve::InvalidError"), "a field must not contain NUL");
  }
  char* room = room_for(fields, size + 1);
  memcpy(room, text, (size_t)size);
  room[size] = '\0';
}

/* As all names here, in any locale: not by strncasecmp(3). */
static int is_named(VALUE name, const char* other, size_t size) {
  return (size_t)RSTRING_LEN(name) == size && STRNCASECMP(RSTRING_PTR(name), other, size) == 0;
}

/* Fields of which there is one, as for ws_request_add_header(): a list of them is a mistake, or an
 * attack. */
static int is_single(VALUE name) {
  static const char* const kSingle[] = {"access-control-allow-credentials",
                                        "access-control-allow-origin",
                                        "access-control-max-age",
                                        "age",
                                        "content-disposition",
                                        "content-length",
                                        "content-location",
                                        "content-range",
                                        "content-type",
                                        "date",
                                        "etag",
                                        "expires",
                                        "last-modified",
                                        "location",
                                        "refresh",
                                        "retry-after",
                                        "server",
                                        "strict-transport-security",
                                        "sunset"};
  for (size_t i = 0; i < sizeof kSingle / sizeof kSingle[0]; ++i) {
    if (is_named(name, kSingle[i], strlen(kSingle[i]))) {
      return 1;
    }
  }
  return 0;
}

static void add_one(struct fields* fields, VALUE name, const char* value, const char* end) {
  add_text(fields, RSTRING_PTR(name), RSTRING_LEN(name));
  add_text(fields, value, end - value);
}

/* Rack 2 puts several values into one String, one a line; the last one may have its end, too.
 * Anywhere else a line end is a mistake: the library refuses it. */
static void add_values(struct fields* fields, VALUE name, VALUE value, int is_list) {
  VALUE text = rb_obj_as_string(value);
  const char* from = RSTRING_PTR(text);
  const char* end = from + RSTRING_LEN(text);
  while (is_list && end > from && end[-1] == '\n') {
    --end;
  }
  const char* line_end = memchr(from, '\n', (size_t)(end - from));
  is_list = is_list && line_end != NULL && !is_single(name);
  while (is_list && line_end != NULL) {
    add_one(fields, name, from, line_end);
    from = line_end + 1;
    line_end = memchr(from, '\n', (size_t)(end - from));
  }
  add_one(fields, name, from, end);
  RB_GC_GUARD(text);
}

/* Whether a field is sent. Those of "rack." are messages to the server; the others left out are the
 * server's own business. */
static int is_sent(struct fields* fields, VALUE name) {
  switch (RSTRING_LEN(name)) {
    case 10:
      return !is_named(name, "connection", 10) && !is_named(name, "keep-alive", 10);
    case 11:
      fields->found |= is_named(name, "rack.hijack", 11) ? kFoundHijack : 0;
      break;
    case 14:
      fields->found |= is_named(name, "content-length", 14) ? kFoundLength : 0;
      break;
    case 17:
      fields->found |= is_named(name, "transfer-encoding", 17) ? kFoundTransferEncoding : 0;
      break;
    default:
      break;
  }
  return RSTRING_LEN(name) <= 5 || STRNCASECMP(RSTRING_PTR(name), "rack.", 5) != 0;
}

/* Whether an option of the field Connection is "close", the one that is for the server to do
 * (RFC 9112 §9.6). */
static int is_close(const char* from, const char* end) {
  while (from < end && (*from == ' ' || *from == '\t')) {
    ++from;
  }
  while (from < end && (end[-1] == ' ' || end[-1] == '\t')) {
    --end;
  }
  return end - from == 5 && STRNCASECMP(from, "close", 5) == 0;
}

static int says_close(VALUE value) {
  VALUE list = RB_TYPE_P(value, T_ARRAY) ? rb_ary_join(value, rb_str_new_cstr(",")) : value;
  list = rb_obj_as_string(list);
  const char* from = RSTRING_PTR(list);
  const char* end = from + RSTRING_LEN(list);
  int is_found = 0;
  while (from < end && !is_found) {
    const char* comma = memchr(from, ',', (size_t)(end - from));
    is_found = is_close(from, comma != NULL ? comma : end);
    from = comma != NULL ? comma + 1 : end;
  }
  RB_GC_GUARD(list);
  return is_found;
}

/* A value that is nil is none. */
static int add_field(VALUE name, VALUE value, VALUE data) {
  struct fields* fields = (struct fields*)data;
  name = rb_obj_as_string(name);
  if (NIL_P(value) || !is_sent(fields, name)) {
    fields->found |= is_named(name, "connection", 10) && says_close(value) ? kFoundClose : 0;
    return ST_CONTINUE;
  }
  if (!RB_TYPE_P(value, T_ARRAY)) {
    add_values(fields, name, value, fields->has_lists);
    return ST_CONTINUE;
  }
  for (long i = 0; i < RARRAY_LEN(value); ++i) {
    if (!NIL_P(RARRAY_AREF(value, i))) {
      add_values(fields, name, RARRAY_AREF(value, i), 0);
    }
  }
  return ST_CONTINUE;
}

static void pack(struct fields* fields, VALUE headers, int has_lists) {
  fields->has_lists = has_lists;
  Check_Type(headers, T_HASH);
  fields->data = fields->first;
  fields->capacity = sizeof fields->first;
  fields->size = fields->found = 0;
  fields->holder = Qnil;
  rb_hash_foreach(headers, add_field, (VALUE)fields);
}

/* call-seq: pack_fields(headers, has_lists = false) -> String
 *
 * A Hash of fields as Request#add_headers wants it; values are Strings, Arrays of them, or, with
 * lists, Strings with a line for each (Rack 2). */
static VALUE native_pack_fields(int argc, VALUE* argv, VALUE self) {
  (void)self;
  rb_check_arity(argc, 1, 2);
  struct fields fields;
  pack(&fields, argv[0], argc > 1 && RTEST(argv[1]));
  VALUE packed = rb_str_new(fields.data, fields.size);
  RB_GC_GUARD(fields.holder);
  return packed;
}

static void add_packed_fields(VALUE self, const struct fields* fields) {
  ws_request* request = wserve_answer(self);
  wserve_checked(ws_request_add_headers(request, fields->data, (size_t)fields->size));
  if ((fields->found & kFoundClose) != 0) {
    wserve_checked(ws_request_add_header(request, "Connection", "close"));
  }
}

/* call-seq: add_fields(headers, has_lists) -> Integer
 *
 * Adds a Hash of fields to the answer, as pack_fields reads it. Tells by FOUND_HIJACK,
 * FOUND_TRANSFER_ENCODING and FOUND_LENGTH what is among them; with one of the first two nothing
 * was added. */
static VALUE request_add_fields(VALUE self, VALUE headers, VALUE has_lists) {
  struct fields fields;
  pack(&fields, headers, RTEST(has_lists));
  if ((fields.found & (kFoundHijack | kFoundTransferEncoding)) == 0) {
    add_packed_fields(self, &fields);
  }
  RB_GC_GUARD(fields.holder);
  return INT2FIX(fields.found);
}

void wserve_add_fields(VALUE self, VALUE headers) {
  struct fields fields;
  pack(&fields, headers, 0);
  add_packed_fields(self, &fields);
  RB_GC_GUARD(fields.holder);
}

/* call-seq: add_hash(headers)
 *
 * Adds a Hash of fields to the answer, all of which are to be sent. */
static VALUE request_add_hash(VALUE self, VALUE headers) {
  wserve_add_fields(self, headers);
  return self;
}

static VALUE new_slots(void) {
  VALUE slots = rb_ary_new_capa(kSlots);
  rb_ary_store(slots, kSlots - 1, Qnil);
  rb_gc_register_mark_object(slots);
  return slots;
}

static VALUE new_key(const char* name) {
  VALUE key = rb_interned_str_cstr(name);
  rb_gc_register_mark_object(key);
  return key;
}

void wserve_define_rack(VALUE native, VALUE request) {
  url_scheme_key = new_key("rack.url_scheme");
  path_info_key = new_key("PATH_INFO");
  request_path_key = new_key("REQUEST_PATH");
  http_version_key = new_key("HTTP_VERSION");
  slot_keys = new_slots();
  slot_values = new_slots();
  rb_define_method(request, "environ", request_environ, 0);
  rb_define_method(request, "rack_env", request_rack_env, -1);
  rb_define_method(request, "add_fields", request_add_fields, 2);
  rb_define_method(request, "add_hash", request_add_hash, 1);
  rb_define_module_function(native, "pack_fields", native_pack_fields, -1);
  rb_define_const(native, "FOUND_HIJACK", INT2FIX(kFoundHijack));
  rb_define_const(native, "FOUND_TRANSFER_ENCODING", INT2FIX(kFoundTransferEncoding));
  rb_define_const(native, "FOUND_LENGTH", INT2FIX(kFoundLength));
}
