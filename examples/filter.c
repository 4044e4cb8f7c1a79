/* Filters stand before the application: one asks for a password, one counts. They run in the order
 * in which they were added. */
#include <stdatomic.h>
#include <string.h>

#include "example.h"

/* "user:secret", as HTTP's Basic scheme sends it. */
static const char credentials[] = "Basic dXNlcjpzZWNyZXQ=";

static ws_status ask_for_password(ws_request* request, ws_next* next, void* filter_data) {
  const char* given = ws_request_get(request, "HTTP_AUTHORIZATION");
  (void)filter_data;
  if (given != NULL && strcmp(given, credentials) == 0) {
    ws_status status = ws_request_set(request, "REMOTE_USER", "user");
    return status == WS_OK ? ws_next_call(next, request) : status;
  }
  ws_status status = ws_request_add_header(request, "WWW-Authenticate", "Basic realm=\"example\"");
  return status == WS_OK ? ws_request_reply(request, 401, "text/plain", "Who are you?\n", 13)
                         : status;
}

static ws_status count(ws_request* request, ws_next* next, void* filter_data) {
  char text[24];
  snprintf(text, sizeof text, "%d", atomic_fetch_add((atomic_int*)filter_data, 1) + 1);
  ws_status status = ws_request_set(request, "example.count", text);
  return status == WS_OK ? ws_next_call(next, request) : status;
}

static ws_status greet(ws_request* request, void* app_data) {
  char text[128];
  (void)app_data;
  snprintf(text, sizeof text, "Hello, %s! You are visitor %s.\n",
           ws_request_get(request, "REMOTE_USER"), ws_request_get(request, "example.count"));
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

int main(int argc, char** argv) {
  static atomic_int visitors;
  ws_server* server = make_server(argc, argv);
  need(ws_server_use(server, ask_for_password, NULL));
  need(ws_server_use(server, count, &visitors));
  need(ws_server_set_app(server, greet, NULL));
  need(ws_server_listen(server));
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  return 0;
}
