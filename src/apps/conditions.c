/* Comparing validators, and reading Range. */
#define _GNU_SOURCE
#include "conditions.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char http_date[] = "%a, %d %b %Y %H:%M:%S GMT";

void describe(const struct stat* file, struct validators* its) {
  struct tm utc;
  its->modified = file->st_mtim.tv_sec;
  snprintf(its->etag, sizeof its->etag, "\"%llx-%llx-%llx\"", (long long)file->st_mtim.tv_sec,
           (long long)file->st_mtim.tv_nsec, (long long)file->st_size);
  gmtime_r(&its->modified, &utc);
  strftime(its->last_modified, sizeof its->last_modified, http_date, &utc);
}

/* The time of an HTTP date; -1 when it is none. */
static time_t parse_date(const char* text) {
  struct tm utc = {0};
  const char* end = strptime(text, http_date, &utc);
  return end != NULL && *end == '\0' ? timegm(&utc) : -1;
}

/* Looks for the tag in a list of tags. */
static int list_has_tag(const char* list, const char* tag, int weak_is_good) {
  const size_t size = strlen(tag);
  while (*list != '\0') {
    list += strspn(list, " \t,");
    list += weak_is_good && strncmp(list, "W/", 2) == 0 ? 2 : 0;
    if (*list == '*' || strncmp(list, tag, size) == 0) {
      return 1;
    }
    list += strcspn(list, ",");
  }
  return 0;
}

static time_t date_in(ws_request* request, const char* key) {
  const char* text = ws_request_get(request, key);
  return text != NULL ? parse_date(text) : -1;
}

int is_precondition_failed(ws_request* request, const struct validators* its) {
  const char* tags = ws_request_get(request, "HTTP_IF_MATCH");
  if (tags != NULL) {
    return !list_has_tag(tags, its->etag, 0); /* RFC 9110 §13.1.1: none of the weak ones */
  }
  const time_t time = date_in(request, "HTTP_IF_UNMODIFIED_SINCE");
  return time != -1 && its->modified > time;
}

int is_not_modified(ws_request* request, const struct validators* its) {
  const char* tags = ws_request_get(request, "HTTP_IF_NONE_MATCH");
  if (tags != NULL) {
    return list_has_tag(tags, its->etag, 1); /* RFC 9110 §13.1.2: weak ones are as good */
  }
  const time_t time = date_in(request, "HTTP_IF_MODIFIED_SINCE");
  return time != -1 && its->modified <= time;
}

/* RFC 9110 §14.2: only GET knows ranges. */
static int may_use_range(ws_request* request, const struct validators* its) {
  if (strcmp(ws_request_get(request, "REQUEST_METHOD"), "GET") != 0) {
    return 0;
  }
  const char* condition = ws_request_get(request, "HTTP_IF_RANGE");
  if (condition == NULL) {
    return 1;
  }
  return strcmp(condition, its->etag) == 0 || strcmp(condition, its->last_modified) == 0;
}

/* Reads 1*DIGIT; -1 when there is none. A number beyond every file stays just that. */
static long long parse_number(const char** text) {
  if (!isdigit((unsigned char)**text)) {
    return -1;
  }
  char* end;
  const long long number = strtoll(*text, &end, 10);
  *text = end;
  return number;
}

enum range_kind read_range(ws_request* request, const struct validators* its, long long file_size,
                           struct range* part) {
  const char* text = ws_request_get(request, "HTTP_RANGE");
  if (text == NULL || strncmp(text, "bytes=", 6) != 0 || !may_use_range(request, its)) {
    return RANGE_NONE;
  }
  text += 6;
  long long first = parse_number(&text);
  if (*text++ != '-') {
    return RANGE_NONE;
  }
  long long last = parse_number(&text);
  if (*text != '\0' || (first < 0 && last < 0) || (last >= 0 && first > last)) {
    return RANGE_NONE;
  }
  if (first < 0) { /* the last so many bytes */
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
