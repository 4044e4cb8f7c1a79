/* Comparing validators, and reading Range. */
#define _GNU_SOURCE
#include "conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"

void describe(const struct stat* file, long long now, struct validators* its) {
  const long long modified = file->st_mtim.tv_sec;
  snprintf(its->etag, sizeof its->etag, "\"%llx-%llx-%llx\"", modified,
           (long long)file->st_mtim.tv_nsec, (long long)file->st_size);
  its->now = now;
  its->modified = modified > now ? now : modified;
  /* What is beyond every date is "in the future" of no clock that can be trusted. */
  char date[DATE_SIZE];
  const int is_date = write_date(modified, date);
  its->last_modified[0] = '\0';
  if (is_date) {
    write_date(its->modified, its->last_modified);
  }
}

/* One entity-tag of a list (RFC 9110 §8.8.3): between its quotes nothing but a quote is special. */
struct tag {
  const char* text; /* with its quotes */
  size_t size;
  int is_weak;
};

/* Reads the next one and what separates it from those before. 0 at the end of the list, or of what
 * can be understood. */
static int next_tag(const char** list, struct tag* tag) {
  const char* text = *list + strspn(*list, " \t,");
  tag->is_weak = strncmp(text, "W/", 2) == 0;
  tag->text = text + (tag->is_weak ? 2 : 0);
  if (*tag->text != '"') {
    return 0;
  }
  const char* end = strchr(tag->text + 1, '"');
  if (end == NULL) {
    return 0;
  }
  tag->size = (size_t)(end - tag->text) + 1;
  *list = end + 1 + strspn(end + 1, " \t");
  return **list == ',' || **list == '\0';
}

/* "*" alone, or a list with the file's tag. */
static int list_has_tag(const char* list, const char* etag, int weak_is_good) {
  if (strcmp(list, "*") == 0) {
    return 1;
  }
  struct tag tag;
  while (next_tag(&list, &tag)) {
    if ((weak_is_good || !tag.is_weak) && tag.size == strlen(etag) &&
        memcmp(tag.text, etag, tag.size) == 0) {
      return 1;
    }
  }
  return 0;
}

/* A condition on a time that the file does not have is none (RFC 9110 §13.1.3, §13.1.4), like one
 * that cannot be read. */
static int read_time_in(ws_request* request, const char* key, const struct validators* its,
                        long long* time) {
  const char* text = ws_request_get(request, key);
  return text != NULL && its->last_modified[0] != '\0' && read_date(text, its->now, time);
}

int is_precondition_failed(ws_request* request, const struct validators* its) {
  const char* tags = ws_request_get(request, "HTTP_IF_MATCH");
  if (tags != NULL) {
    return !list_has_tag(tags, its->etag, 0); /* RFC 9110 §13.1.1: none of the weak ones */
  }
  long long time;
  return read_time_in(request, "HTTP_IF_UNMODIFIED_SINCE", its, &time) && its->modified > time;
}

int is_not_modified(ws_request* request, const struct validators* its) {
  const char* tags = ws_request_get(request, "HTTP_IF_NONE_MATCH");
  if (tags != NULL) {
    return list_has_tag(tags, its->etag, 1); /* RFC 9110 §13.1.2: weak ones are as good */
  }
  long long time;
  return read_time_in(request, "HTTP_IF_MODIFIED_SINCE", its, &time) && its->modified <= time;
}

/* RFC 9110 §13.1.5: the client's part is of this very file, by its tag or its exact time. */
static int is_same_file(ws_request* request, const struct validators* its) {
  const char* condition = ws_request_get(request, "HTTP_IF_RANGE");
  long long time;
  return condition == NULL || strcmp(condition, its->etag) == 0 ||
         (read_time_in(request, "HTTP_IF_RANGE", its, &time) && time == its->modified);
}

/* Reads 1*DIGIT; -1 when there is none. A number beyond every file stays just that. */
static long long parse_number(const char** text) {
  if (**text < '0' || **text > '9') {
    return -1;
  }
  char* end;
  const long long number = strtoll(*text, &end, 10);
  *text = end;
  return number;
}

/* The two numbers of a range, -1 for one that is left out. Empty members of the list count for
 * nothing (RFC 9110 §5.6.1.2). */
static int parse_range(const char* text, long long* first, long long* last) {
  text += strspn(text, " \t,");
  *first = parse_number(&text);
  if (*text++ != '-') {
    return 0;
  }
  *last = parse_number(&text);
  text += strspn(text, " \t,");
  return *text == '\0' && (*first >= 0 || *last >= 0) && (*last < 0 || *first <= *last);
}

enum range_kind read_range(ws_request* request, const struct validators* its, long long file_size,
                           struct range* part) {
  static const char unit[] = "bytes="; /* RFC 9110 §14.1: in any case */
  const char* text = ws_request_get(request, "HTTP_RANGE");
  if (text == NULL || ascii_compare(text, unit, strlen(unit)) != 0 ||
      strcmp(ws_request_get(request, "REQUEST_METHOD"), "GET") != 0 || /* RFC 9110 §14.2 */
      !is_same_file(request, its)) {
    return RANGE_NONE;
  }
  long long first;
  long long last;
  if (!parse_range(text + strlen(unit), &first, &last)) {
    return RANGE_NONE;
  }
  if (first < 0) { /* the last so many bytes */
    if (file_size == 0 && last > 0) {
      return RANGE_NONE; /* all of nothing, which Content-Range cannot say */
    }
    first = last < file_size ? file_size - last : 0;
    last = last > 0 ? file_size - 1 : -1;
  } else if (last < 0 || last >= file_size) {
    last = file_size - 1;
  }
  if (first > last) {
    return RANGE_UNSATISFIABLE;
  }
  part->first = first;
  part->size = last - first + 1;
  return RANGE_GIVEN;
}
