/* An application for the measurements of large bodies: GET answers 1 MiB from memory, POST reads
   what it gets and throws it away. */
#include <string.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

static char mebibyte[1 << 20];

static ws_status swallow(ws_request* request) {
  char piece[65536];
  int64_t got;
  while ((got = ws_request_read(request, piece, sizeof piece)) > 0) {
  }
  return got == 0 ? ws_request_reply(request, 200, "text/plain", "taken\n", 6) : (ws_status)got;
}

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);

ws_status wserve_app(ws_request* request, void* app_data) {
  (void)app_data;
  const char* method = ws_request_get(request, "REQUEST_METHOD");
  if (strcmp(method, "POST") == 0) {
    return swallow(request);
  }
  return ws_request_reply(request, 200, "application/octet-stream", mebibyte, sizeof mebibyte);
}
