/* The recording application, and the client that knows what must come back. */
#define _GNU_SOURCE
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support/client.h"
#include "support/cmocka.h"

static ws_status record(ws_request* request, void* app_data) {
  struct recorder* recorder = app_data;
  char body[512] = "";
  const int64_t got = ws_request_read(request, body, sizeof body - 1);
  body[got > 0 ? got : 0] = '\0';
  char line[2048];
  snprintf(line, sizeof line, "%s %s %s|", ws_request_get(request, "REQUEST_METHOD"),
           ws_request_get(request, "PATH_INFO"), body);
  pthread_mutex_lock(&recorder->mutex);
  const size_t used = strlen(recorder->seen);
  snprintf(recorder->seen + used, sizeof recorder->seen - used, "%s", line);
  pthread_mutex_unlock(&recorder->mutex);
  return ws_request_reply(request, 200, "text/plain", "ok", 2);
}

void recorder_start(struct recorder* recorder, const char* const* options) {
  memset(recorder, 0, sizeof *recorder);
  pthread_mutex_init(&recorder->mutex, NULL);
  fixture_make(&recorder->fixture, options);
  fixture_start(&recorder->fixture, record, recorder);
}

void recorder_end(struct recorder* recorder) {
  fixture_end(&recorder->fixture);
  pthread_mutex_destroy(&recorder->mutex);
}

/* No body of ours holds the whole beginning of a status line. */
static void read_statuses(int fd, char* statuses, size_t capacity) {
  char* all = client_read_all(fd, NULL);
  statuses[0] = '\0';
  for (const char* at = all; (at = strstr(at, "HTTP/1.")) != NULL; at += 9) {
    if (at[8] == ' ') {
      const size_t used = strlen(statuses);
      snprintf(statuses + used, capacity - used, "%s%.3s", used > 0 ? " " : "", at + 9);
    }
  }
  free(all);
}

void assert_asked_at(struct recorder* recorder, const char* bytes, size_t size,
                     const char* statuses, const char* seen, const char* file, int line) {
  pthread_mutex_lock(&recorder->mutex);
  recorder->seen[0] = '\0';
  pthread_mutex_unlock(&recorder->mutex);
  const int fd = client_connect(recorder->fixture.port);
  client_send(fd, bytes, size);
  shutdown(fd, SHUT_WR);
  char got[256];
  read_statuses(fd, got, sizeof got);
  client_close(fd);
  pthread_mutex_lock(&recorder->mutex);
  const int is_same = strcmp(got, statuses) == 0 && strcmp(recorder->seen, seen) == 0;
  pthread_mutex_unlock(&recorder->mutex);
  if (!is_same) {
    print_error("%s\nanswers \"%s\", not \"%s\"; the application saw \"%s\", not \"%s\"\n", bytes,
                got, statuses, recorder->seen, seen);
    _fail(file, line);
  }
}

void assert_refused_at(struct recorder* recorder, const struct bytes* list, size_t count,
                       const char* status, const char* file, int line) {
  for (size_t i = 0; i < count; ++i) {
    assert_asked_at(recorder, list[i].text, list[i].size, status, "", file, line);
  }
}
