/* A server whose application writes down what it was asked, and exact bytes to send to it. */
#ifndef RECORDER_H
#define RECORDER_H

#include <pthread.h>
#include <stddef.h>

#include "api/fixture.h"

struct recorder {
  struct fixture fixture;
  pthread_mutex_t mutex;
  char seen[4096]; /* "METHOD PATH BODY|" of each request, in their order */
};

/* Starts it with these options: name, value, ..., NULL. */
void recorder_start(struct recorder* recorder, const char* const* options);
void recorder_end(struct recorder* recorder);

/* Sends the bytes of a literal on a connection of their own, and ends the sending half. `statuses`
 * are those of all answers until the server closes, "200 400"; `seen` is what reached the
 * application. */
#define assert_asked(recorder, literal, statuses, seen)                                     \
  assert_asked_at((recorder), (literal), sizeof(literal) - 1, (statuses), (seen), __FILE__, \
                  __LINE__)
void assert_asked_at(struct recorder* recorder, const char* bytes, size_t size,
                     const char* statuses, const char* seen, const char* file, int line);

/* One connection after another; each is refused with this status, and nothing reaches the
 * application. */
struct bytes {
  const char* text;
  size_t size;
};
#define BYTES(literal) \
  { (literal), sizeof(literal) - 1 }
#define assert_refused(recorder, list, status)                                              \
  assert_refused_at((recorder), (list), sizeof(list) / sizeof(*(list)), (status), __FILE__, \
                    __LINE__)
void assert_refused_at(struct recorder* recorder, const struct bytes* list, size_t count,
                       const char* status, const char* file, int line);

#endif
