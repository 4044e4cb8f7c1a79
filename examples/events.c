/* Server-sent events: an answer that goes on until the client has enough. Each event is under way
 * as soon as it is written.
 *
 *   curl -N http://127.0.0.1:8080/ */
#define _POSIX_C_SOURCE 200809L
#include <string.h>
#include <time.h>

#include "example.h"

static ws_status events(ws_request* request, void* app_data) {
  const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
  (void)app_data;
  ws_status status = ws_request_start(request, 200, NULL);
  if (status == WS_OK) {
    status = ws_request_add_header(request, "Content-Type", "text/event-stream");
  }
  if (status == WS_OK) {
    status = ws_request_add_header(request, "Cache-Control", "no-cache");
  }
  /* Until the client has gone, or the server wants to stop. */
  for (int i = 1; status == WS_OK && ws_request_gone(request) == WS_GONE_NO; ++i) {
    char event[64];
    snprintf(event, sizeof event, "id: %d\ndata: tick %d\n\n", i, i);
    status = ws_request_write(request, event, strlen(event));
    nanosleep(&pause, NULL);
  }
  return status == WS_EDISCONNECTED ? WS_OK : status;
}

int main(int argc, char** argv) {
  ws_server* server = make_server(argc, argv);
  need(ws_server_set(server, "threads", "16")); /* each listener holds one */
  need(ws_server_set_app(server, events, NULL));
  need(ws_server_listen(server));
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  return 0;
}
