/* The smallest server: hello.c [LISTEN] */
#include <stdio.h>

#include <wserve/wserve.h>

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "Hello, World!\n", 14);
}

int main(int argc, char** argv) {
  ws_server* server = ws_server_new();
  if (ws_server_set(server, "listen", argc > 1 ? argv[1] : "127.0.0.1:8080") != WS_OK ||
      ws_server_set_app(server, hello, NULL) != WS_OK || ws_server_listen(server) != WS_OK) {
    fprintf(stderr, "hello: %s\n", ws_last_error());
    return 1;
  }
  printf("Serving on http://%s\n", ws_server_address(server, 0));
  fflush(stdout);
  return ws_server_run(server) == WS_OK ? 0 : 1;
}
