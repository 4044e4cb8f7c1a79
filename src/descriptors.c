/* How many descriptors the process may have, and which of them its children do not get. */
#define _XOPEN_SOURCE 700
#include "descriptors.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Of an option that the library has understood: "1_000" and "+7" are numbers, too. */
static rlim_t option_number(ws_server* server, const char* name) {
  rlim_t number = 0;
  for (const char* next = ws_server_get(server, name); *next != '\0'; ++next) {
    number = *next >= '0' && *next <= '9' ? number * 10 + (rlim_t)(*next - '0') : number;
  }
  return number;
}

/* Two for each connection, which may have a temporary file, as far as the process may: the soft
 * limit is what it is for programs that use select(2). */
void raise_descriptor_limit(ws_server* server) {
  struct rlimit limit;
  const rlim_t wanted = 2 * option_number(server, "connection_limit") + 64;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/* Each number that stands behind `before`, at the beginning or behind a blank. */
static void keep_from_children(const char* list, const char* before) {
  const size_t size = strlen(before);
  for (const char* next = list; next != NULL; next = strchr(next, ' ')) {
    next += *next == ' ';
    const int has_number =
        strncmp(next, before, size) == 0 && next[size] >= '0' && next[size] <= '9';
    const long fd = has_number ? strtol(next + size, NULL, 10) : -1;
    if (fd > STDERR_FILENO && fd <= INT_MAX) {
      fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    }
  }
}

/* Programs that the application starts have no use for the sockets that this one was given. */
void keep_sockets(ws_server* server) {
  keep_from_children(ws_server_get(server, "listen"), "fd:");
  keep_from_children(ws_server_get(server, "sockets"), "");
}
