/* The echo app in C, with workers, as a language would be served: it says what the others must do.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "echo_routes.h"

enum { THREADS = 4 };

static ws_server* running;

static void on_signal(int number) {
  (void)number;
  ws_server_stop(running);
}

static void need(ws_status status) {
  if (status < 0) {
    fprintf(stderr, "%s\n", ws_last_error());
    exit(1);
  }
}

static void* work(void* data) {
  ws_worker* worker = data;
  ws_request* request;
  ws_status status;
  while ((status = ws_worker_next(worker, -1, &request)) != WS_CLOSED) {
    if (status != WS_OK) {
      continue;
    }
    if (!route_request(request)) {
      ws_request_fail(request, "the application has failed");
    }
    ws_request_release(request);
  }
  ws_worker_free(worker);
  return NULL;
}

static void set_option(ws_server* server, const char* argument) {
  const char* equals = strchr(argument, '=');
  if (strncmp(argument, "--", 2) != 0 || equals == NULL) {
    fprintf(stderr, "%s: not of the form --NAME=VALUE\n", argument);
    exit(1);
  }
  char* name = strndup(argument + 2, (size_t)(equals - argument - 2));
  need(ws_server_set(server, name, equals + 1));
  free(name);
}

int main(int argc, char** argv) {
  pthread_t threads[THREADS];
  running = ws_server_new();
  for (int i = 1; i < argc; ++i) {
    set_option(running, argv[i]);
  }
  need(ws_server_listen(running));
  signal(SIGTERM, on_signal);
  signal(SIGINT, on_signal);
  for (int i = 0; i < THREADS; ++i) {
    ws_worker* worker = ws_worker_new(running);
    if (worker == NULL) {
      need(WS_ENOMEM);
    }
    pthread_create(&threads[i], NULL, work, worker);
  }
  printf("Serving on %s\n", ws_server_address(running, 0));
  fflush(stdout);
  need(ws_server_run(running));
  for (int i = 0; i < THREADS; ++i) {
    pthread_join(threads[i], NULL);
  }
  ws_server_free(running);
  return 0;
}
