/* Is told of each request when it has ended, whatever has ended it: observed.c [LISTEN] */
#include <inttypes.h>
#include <stdio.h>

#include <wserve/wserve.h>

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "Hello, World!\n", 14);
}

/* A request that was refused before its head was understood has neither method nor target. */
static const char* text_of(const ws_done* done, const char* key) {
  const char* value = ws_done_get(done, key);
  return value != NULL ? value : "-";
}

static void told(const ws_done* done, void* done_data) {
  (void)done_data;
  const int64_t took = ws_done_time(done, WS_AT_END) - ws_done_time(done, WS_AT_BEGIN);
  printf("%s %s %d %s %" PRId64 " us\n", text_of(done, "REQUEST_METHOD"),
         text_of(done, "REQUEST_URI"), ws_done_status(done), ws_cause_name(ws_done_cause(done)),
         took);
  fflush(stdout);
}

int main(int argc, char** argv) {
  ws_server* server = ws_server_new();
  if (ws_server_set(server, "listen", argc > 1 ? argv[1] : "127.0.0.1:8080") != WS_OK ||
      ws_server_set_app(server, hello, NULL) != WS_OK ||
      ws_server_on_done(server, told, NULL) != WS_OK || ws_server_listen(server) != WS_OK) {
    fprintf(stderr, "observed: %s\n", ws_last_error());
    return 1;
  }
  printf("Serving on http://%s\n", ws_server_address(server, 0));
  fflush(stdout);
  return ws_server_run(server) == WS_OK ? 0 : 1;
}
