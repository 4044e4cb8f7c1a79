/* The environ of a request as a Hash, in one call: the hot path of Rack. */
#include <string.h>

#include "native.h"

static VALUE url_scheme_key, request_path_key, http_version_key;

/* What Rack has in place of a pair of the library's, or beside it. */
enum role { kAsItIs, kNotForRack, kScheme, kTarget, kProtocol, kPath };

static const struct known {
  const char* key;
  enum role role;
  int is_shared; /* the value hardly ever changes: it is frozen, and the same for many requests */
} kKnown[] = {
    {"REQUEST_METHOD", kAsItIs, 1},    {"SERVER_NAME", kAsItIs, 1},
    {"SERVER_PORT", kAsItIs, 1},       {"SERVER_SOFTWARE", kAsItIs, 1},
    {"SERVER_PROTOCOL", kProtocol, 1}, {"ws.url_scheme", kScheme, 1},
    {"ws.request_id", kAsItIs, 0},     {"ws.queue_time", kAsItIs, 0},
    {"REQUEST_URI", kTarget, 0},       {"PATH_INFO", kPath, 0},
    {"HTTP_VERSION", kNotForRack, 0}, /* it is the server's: a client's field must not become it */
};
static const struct known kOther = {NULL, kAsItIs, 0}, kForeign = {NULL, kNotForRack, 0};

/* Keys are few and always the same: each is interned once. One slot for each hash; a key that finds
 * its slot taken takes it over. */
enum { kSlotBits = 10, kSlots = 1 << kSlotBits, kPairs = 64 };
static VALUE slot_keys;
static VALUE slot_values; /* false: not shared */
static enum role slot_roles[kSlots];

static const struct known* look_up(const ws_pair* pair) {
  for (size_t i = 0; i < sizeof kKnown / sizeof kKnown[0]; ++i) {
    if (strcmp(pair->key, kKnown[i].key) == 0) {
      return &kKnown[i];
    }
  }
  return strncmp(pair->key, "ws.", 3) == 0 ? &kForeign : &kOther;
}

static int holds(VALUE text, const char* bytes, size_t size) {
  return RB_TYPE_P(text, T_STRING) && (size_t)RSTRING_LEN(text) == size &&
         memcmp(RSTRING_PTR(text), bytes, size) == 0;
}

/* By the length and the last bytes: the first are alike. */
static long slot_of(const ws_pair* pair) {
  uint64_t last = 0;
  const size_t tail = pair->key_size < sizeof last ? pair->key_size : sizeof last;
  memcpy(&last, pair->key + pair->key_size - tail, tail);
  const long slot = (long)(((last ^ pair->key_size) * 0x9e3779b97f4a7c15u) >> (64 - kSlotBits));
  if (!holds(RARRAY_AREF(slot_keys, slot), pair->key, pair->key_size)) {
    const struct known* known = look_up(pair);
    rb_ary_store(slot_keys, slot, rb_interned_str(pair->key, (long)pair->key_size));
    rb_ary_store(slot_values, slot, known->is_shared ? Qnil : Qfalse);
    slot_roles[slot] = known->role;
  }
  return slot;
}

static VALUE value_in(long slot, const ws_pair* pair) {
  VALUE shared = RARRAY_AREF(slot_values, slot);
  if (shared == Qfalse) {
    return rb_str_new(pair->value, (long)pair->value_size);
  }
  if (!holds(shared, pair->value, pair->value_size)) {
    shared = rb_obj_freeze(rb_str_new(pair->value, (long)pair->value_size));
    rb_ary_store(slot_values, slot, shared);
  }
  return shared;
}

/* Pairs on their way into a Hash, many at a time. */
struct filling {
  ws_request* request;
  VALUE env;
  long count;
  VALUE items[2 * kPairs];
};

static void insert(struct filling* filling) {
  rb_hash_bulk_insert(filling->count, filling->items, filling->env);
  filling->count = 0;
}

static void add(struct filling* filling, VALUE key, VALUE value) {
  if (filling->count == 2 * kPairs) {
    insert(filling);
  }
  filling->items[filling->count++] = key;
  filling->items[filling->count++] = value;
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

/* The path that is left of the prefix, as the client wrote it: frameworks decode it themselves. */
static VALUE raw_path(ws_request* request) {
  const char* path = ws_request_get(request, "ws.raw_path_info");
  if (path == NULL) {
    rb_memerror();
  }
  return rb_str_new_cstr(path);
}

static void add_for_rack(struct filling* filling, long slot, const ws_pair* pair) {
  const enum role role = slot_roles[slot];
  if (role == kNotForRack) {
    return;
  }
  VALUE key = role == kScheme ? url_scheme_key : RARRAY_AREF(slot_keys, slot);
  VALUE value = role == kPath ? raw_path(filling->request) : value_in(slot, pair);
  add(filling, key, value);
  if (role == kTarget) {
    add(filling, request_path_key, path_of(pair->value));
  } else if (role == kProtocol) {
    add(filling, http_version_key, value);
  }
}

static VALUE fill(struct filling* filling, VALUE self, int is_rack) {
  ws_pair first[kPairs];
  ws_pair* pairs = first;
  VALUE holder = 0;
  filling->request = wserve_request(self);
  const size_t count = ws_request_pairs(filling->request, first, kPairs);
  if (count > kPairs) {
    pairs = ALLOCV_N(ws_pair, holder, count);
    ws_request_pairs(filling->request, pairs, count);
  }
  for (size_t i = 0; i < count; ++i) {
    const long slot = slot_of(&pairs[i]);
    if (is_rack) {
      add_for_rack(filling, slot, &pairs[i]);
    } else {
      add(filling, RARRAY_AREF(slot_keys, slot), value_in(slot, &pairs[i]));
    }
  }
  ALLOCV_END(holder);
  insert(filling);
  return filling->env;
}

/* The environ as the library has it: a Hash of binary Strings. */
static VALUE request_environ(VALUE self) {
  struct filling filling = {.env = rb_hash_new()};
  return fill(&filling, self, 0);
}

/* call-seq: rack_env(key, value, ...) -> Hash
 *
 * The environ as Rack wants it, with these pairs. Values that hardly ever change, such as
 * SERVER_NAME, are frozen. */
static VALUE request_rack_env(int argc, VALUE* argv, VALUE self) {
  struct filling filling = {.env = rb_hash_new()};
  for (int i = 0; i + 1 < argc; i += 2) {
    add(&filling, argv[i], argv[i + 1]);
  }
  return fill(&filling, self, 1);
}

static VALUE kept(VALUE object) {
  rb_gc_register_mark_object(object);
  return object;
}

void wserve_define_environ(VALUE request) {
  url_scheme_key = kept(rb_interned_str_cstr("rack.url_scheme"));
  request_path_key = kept(rb_interned_str_cstr("REQUEST_PATH"));
  http_version_key = kept(rb_interned_str_cstr("HTTP_VERSION"));
  slot_keys = kept(rb_ary_new_capa(kSlots));
  slot_values = kept(rb_ary_new_capa(kSlots));
  rb_ary_store(slot_keys, kSlots - 1, Qnil);
  rb_ary_store(slot_values, kSlots - 1, Qnil);
  rb_define_method(request, "environ", request_environ, 0);
  rb_define_method(request, "rack_env", request_rack_env, -1);
}
