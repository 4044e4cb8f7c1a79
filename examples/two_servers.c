/* Two servers in one process, each with options and threads of its own: a public one, and one for
 * the operator. */
#include <string.h>

#include "example.h"

static ws_status greet(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "public\n", 7);
}

static ws_status tell_numbers(ws_request* request, void* public_server) {
  char text[128];
  snprintf(text, sizeof text, "requests %lld\nconnections %lld\n",
           (long long)ws_server_stat(public_server, "requests"),
           (long long)ws_server_stat(public_server, "connections"));
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

int main(int argc, char** argv) {
  ws_server* public_server = make_server(argc, argv);
  ws_server* operators_server = make_server(argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : argv);
  if (argc < 3) {
    need(ws_server_set(operators_server, "listen", "127.0.0.1:8081"));
  }
  need(ws_server_set(operators_server, "threads", "1"));
  need(ws_server_set_app(public_server, greet, NULL));
  need(ws_server_set_app(operators_server, tell_numbers, public_server));
  need(ws_server_listen(public_server));
  need(ws_server_listen(operators_server));
  announce(public_server);
  announce(operators_server);
  need(ws_server_start(operators_server)); /* on threads of the library's */
  need(ws_server_run(public_server));      /* on this one */
  ws_server_stop(operators_server);
  need(ws_server_join(operators_server));
  ws_server_free(operators_server);
  ws_server_free(public_server);
  return 0;
}
