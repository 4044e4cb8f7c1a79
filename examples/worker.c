/* Lent threads: the program's own threads ask for requests; the library calls nothing of the
 * program's. This is how language runtimes, which only know threads of their own, use the library.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <string.h>

#include "example.h"

static void* work(void* server) {
  static const char text[] = "pulled\n";
  ws_worker* worker = ws_worker_new(server);
  ws_request* request;
  ws_status status;
  while ((status = ws_worker_next(worker, 1000, &request)) != WS_CLOSED) {
    if (status == WS_OK) {
      ws_request_reply(request, 200, "text/plain", text, strlen(text));
      ws_request_release(request);
    } else {
      need(status); /* WS_TIMEOUT and WS_INTERRUPTED: a good moment for other things */
    }
  }
  ws_worker_free(worker);
  return NULL;
}

int main(int argc, char** argv) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  ws_server* server = make_server(argc, argv);
  need(ws_server_listen(server));
  for (int i = 0; i < THREADS; ++i) {
    pthread_create(&threads[i], NULL, work, server);
  }
  announce(server);
  need(ws_server_run(server)); /* turns the event loop here */
  for (int i = 0; i < THREADS; ++i) {
    pthread_join(threads[i], NULL);
  }
  ws_server_free(server);
  return 0;
}
