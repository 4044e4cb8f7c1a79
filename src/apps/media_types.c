/* The system's file endings, and those that the web is made of. */
#define _GNU_SOURCE
#include "media_types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"

static const char system_file[] = "/etc/mime.types";
static const char blanks[] = " \t\r\v\f";

struct entry {
  const char* ending; /* without the dot */
  const char* type;
};

static const struct entry built_in[] = {
    {"html", "text/html"},
    {"htm", "text/html"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"js", "text/javascript"},
    {"mjs", "text/javascript"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"txt", "text/plain"},
    {"md", "text/markdown"},
    {"xml", "application/xml"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/vnd.microsoft.icon"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"wasm", "application/wasm"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"ogg", "audio/ogg"},
    {"mp3", "audio/mpeg"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
};
enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

struct media_types {
  char* text; /* of the file; the entries are parts of it */
  struct entry* entries;
  size_t count;
  size_t capacity;
};

static int compare_entries(const void* one, const void* other) {
  const char* ending = ((const struct entry*)one)->ending;
  return ascii_compare(ending, ((const struct entry*)other)->ending, strlen(ending) + 1);
}

static int add(struct media_types* types, const char* ending, const char* type) {
  if (types->count == types->capacity) {
    types->capacity = 2 * types->capacity + BUILT_IN;
    struct entry* more = realloc(types->entries, types->capacity * sizeof *more);
    if (more == NULL) {
      return -1;
    }
    types->entries = more;
  }
  types->entries[types->count++] = (struct entry){ending, type};
  return 0;
}

/* Of the same ending the earlier one goes first: the types lie in the text one behind the other. */
static int compare_in_file(const void* one, const void* other) {
  const int difference = compare_entries(one, other);
  const char* type = ((const struct entry*)one)->type;
  const char* other_type = ((const struct entry*)other)->type;
  return difference != 0 ? difference : (type > other_type) - (type < other_type);
}

/* Sorts what the file has; the first one of an ending counts. */
static void sort_file(struct media_types* types) {
  qsort(types->entries, types->count, sizeof *types->entries, compare_in_file);
  size_t kept = 0;
  for (size_t i = 0; i < types->count; ++i) {
    if (kept == 0 || compare_entries(&types->entries[kept - 1], &types->entries[i]) != 0) {
      types->entries[kept++] = types->entries[i];
    }
  }
  types->count = kept;
}

/* What can stand in a field, with room for a charset. */
static int is_type(const char* text) {
  for (const char* c = text; *c != '\0'; ++c) {
    if (*c <= ' ' || *c > '~') {
      return 0;
    }
  }
  return strchr(text, '/') != NULL && strlen(text) < MEDIA_TYPE_SIZE - 32;
}

static int read_line(struct media_types* types, char* line) {
  char* rest = NULL;
  line[strcspn(line, "#")] = '\0';
  const char* type = strtok_r(line, blanks, &rest);
  if (type == NULL || !is_type(type)) {
    return 0;
  }
  const char* ending;
  int result = 0;
  while (result == 0 && (ending = strtok_r(NULL, blanks, &rest)) != NULL) {
    result = add(types, ending, type);
  }
  return result;
}

static int read_all(struct media_types* types, FILE* file) {
  size_t capacity = 0;
  errno = 0;
  if (getdelim(&types->text, &capacity, '\0', file) < 0) {
    return errno == 0 ? 0 : -1; /* an empty file, or one that cannot be read */
  }
  char* rest = NULL;
  int result = 0;
  for (char* line = strtok_r(types->text, "\n", &rest); result == 0 && line != NULL;
       line = strtok_r(NULL, "\n", &rest)) {
    result = read_line(types, line);
  }
  return result;
}

static int read_file(struct media_types* types, const char* name) {
  FILE* file = fopen(name != NULL ? name : system_file, "re");
  if (file == NULL) {
    return name == NULL ? 0 : -1;
  }
  const int result = read_all(types, file);
  const int error = errno;
  fclose(file);
  errno = error;
  if (result == 0 && types->count > 0) {
    sort_file(types);
  }
  return result;
}

static const struct entry* find(const struct entry* entries, size_t count, const char* ending) {
  const struct entry asked = {ending, NULL};
  return count > 0 ? bsearch(&asked, entries, count, sizeof asked, compare_entries) : NULL;
}

/* The file's own go before ours. */
static int add_built_in(struct media_types* types) {
  const size_t of_file = types->count;
  for (size_t i = 0; i < BUILT_IN; ++i) {
    if (find(types->entries, of_file, built_in[i].ending) == NULL &&
        add(types, built_in[i].ending, built_in[i].type) != 0) {
      return -1;
    }
  }
  qsort(types->entries, types->count, sizeof *types->entries, compare_entries);
  return 0;
}

struct media_types* media_types_read(const char* file) {
  struct media_types* types = calloc(1, sizeof *types);
  if (types == NULL) {
    return NULL;
  }
  const int is_read = file != NULL && *file == '\0' ? 0 : read_file(types, file);
  if (is_read != 0 || add_built_in(types) != 0) {
    const int error = errno;
    media_types_free(types);
    errno = error;
    return NULL;
  }
  return types;
}

void media_types_free(struct media_types* types) {
  if (types != NULL) {
    free(types->entries);
    free(types->text);
    free(types);
  }
}

void media_type_of(const struct media_types* types, const char* path, char type[MEDIA_TYPE_SIZE]) {
  const char* slash = strrchr(path, '/');
  const char* name = slash != NULL ? slash + 1 : path;
  const char* dot = strrchr(*name != '\0' ? name : "index.html", '.');
  const struct entry* found = find(types->entries, types->count, dot != NULL ? dot + 1 : "");
  const char* known = found != NULL ? found->type : "application/octet-stream";
  const int is_text = ascii_compare(known, "text/", 5) == 0;
  snprintf(type, MEDIA_TYPE_SIZE, "%s%s", known, is_text ? "; charset=utf-8" : "");
}
