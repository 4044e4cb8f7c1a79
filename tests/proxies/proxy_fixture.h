/* The app "environ" behind a real proxy: both started on free ports, both ended by the test. */
#ifndef PROXY_FIXTURE_H
#define PROXY_FIXTURE_H

#include "support/client.h"
#include "support/process.h"

struct backend {
  struct process process;
  int port; /* 0 on a Unix socket */
};

/* Starts `wserve OPTIONS... environ`; the options end with NULL, and one of them says where to
 * listen. */
struct backend backend_start(const char* const* options);
void backend_end(struct backend* backend);

/* Starts nginx with an http section around `servers`, in a folder of its own, and waits until it
 * listens on `port`. */
struct process nginx_start(const char* folder, const char* servers, int port);

/* What the app was told under a key, in the JSON that it answered: "(absent)" when it was not.
 * Valid until the next call. */
const char* told(const struct response* response, const char* key);

#define assert_told(response, key, expected) \
  assert_told_at((response), (key), (expected), __FILE__, __LINE__)
void assert_told_at(const struct response* response, const char* key, const char* expected,
                    const char* file, int line);

#endif
