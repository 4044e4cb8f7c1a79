/* Streams both ways: reads the request's body piece by piece, and sends each piece back at once. A
 * body of any size takes no more memory than one piece, because large ones wait in a temporary
 * file.
 *
 *   curl -T some-file http://127.0.0.1:8080/ */
#include "example.h"

static ws_status echo(ws_request* request, void* app_data) {
  (void)app_data;
  char piece[64 * 1024];
  int64_t size;
  ws_status status = ws_request_start(request, 200, NULL);
  while (status == WS_OK && (size = ws_request_read(request, piece, sizeof piece)) != 0) {
    status = size > 0 ? ws_request_write(request, piece, (size_t)size) : (ws_status)size;
  }
  return status != WS_OK ? status : ws_request_end(request);
}

int main(int argc, char** argv) {
  ws_server* server = make_server(argc, argv);
  need(ws_server_set_app(server, echo, NULL));
  need(ws_server_listen(server));
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  return 0;
}
