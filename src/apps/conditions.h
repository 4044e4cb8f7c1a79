/* Conditional and range requests (RFC 9110 §13, §14) for one file. */
#ifndef CONDITIONS_H
#define CONDITIONS_H

#include <sys/stat.h>

#include <wserve/wserve.h>

#include "dates.h"

/* What tells one state of a file from another. */
struct validators {
  char etag[64];
  long long now; /* the time of the answer */
  long long modified;
  char last_modified[DATE_SIZE]; /* "" when there is no date for that time */
};

/* A part of the file, in bytes. */
struct range {
  long long first;
  long long size;
};

enum range_kind { RANGE_NONE, RANGE_GIVEN, RANGE_UNSATISFIABLE };

/* The tag is made of what every copy of the file has: time and size, no inode. A time that has not
 * come yet is that of the answer (RFC 9110 §8.8.2.1). */
void describe(const struct stat* file, long long now, struct validators* its);

/* If-Match, or without it If-Unmodified-Since, asks for another state of the file. */
int is_precondition_failed(ws_request* request, const struct validators* its);

/* If-None-Match, or without it If-Modified-Since, says that the client has the file already. */
int is_not_modified(ws_request* request, const struct validators* its);

/* The one range that the client asks for, if If-Range lets it. More than one range, and a Range
 * that cannot be understood, count as none: the answer is then the whole file. */
enum range_kind read_range(ws_request* request, const struct validators* its, long long file_size,
                           struct range* part);

#endif
