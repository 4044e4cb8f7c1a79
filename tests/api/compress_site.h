/* A server whose answers pass the filter compress, and what is in them without their coding. */
#ifndef TESTS_API_COMPRESS_SITE_H
#define TESTS_API_COMPRESS_SITE_H

#include "fixture.h"
#include "support/client.h"

enum { SITE_SIZE = 5000, SITE_LARGE = 5 * 1024 * 1024 };

/* Text, of SITE_LARGE bytes; also as a file. */
extern char* site_text;
/* False: there is no room for them. */
int site_open(void);
void site_close(void);

/* What the answer to the next request has: lines of `Name: value`. */
struct plan {
  int status;
  const char* fields;
  size_t size;
};

extern const char site_html[]; /* a plan's fields */
extern const char site_gzip[]; /* a request's field: it takes gzip */

/* Answers as the plan says: /reply in one piece, /steps in pieces of 100 bytes, /file the file. */
ws_status site_answer(ws_request* request, void* plan);
void site_start(struct fixture* f, struct plan* plan, const char* settings, const char* threads);
/* `fields` are lines of the request, each with its end. */
struct response site_ask(int port, const char* method, const char* path, const char* fields);

/* NULL: there is no such field. */
void assert_field(const struct response* response, const char* name, const char* value);
/* The body is what it is without its coding; NULL: it has none. */
void assert_body(const struct response* response, const char* coding, const char* expected,
                 size_t size);

#endif
