/* The bundled app "echo": answers with the request's body, piece by piece, whatever its size. */
#include <stdio.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);

static ws_status start(ws_request* request) {
  const char* type = ws_request_get(request, "CONTENT_TYPE");
  const int64_t size = ws_request_body_size(request);
  char length[24];
  snprintf(length, sizeof length, "%lld", (long long)size);
  ws_status status = ws_request_start(request, 200, NULL);
  if (status == WS_OK) {
    status = ws_request_add_header(request, "Content-Type",
                                   type != NULL ? type : "application/octet-stream");
  }
  if (status == WS_OK && size >= 0) { /* -1: nobody knows yet */
    status = ws_request_add_header(request, "Content-Length", length);
  }
  return status;
}

ws_status wserve_app(ws_request* request, void* app_data) {
  (void)app_data;
  char piece[64 * 1024];
  ws_status status = start(request);
  while (status == WS_OK) {
    int64_t size = ws_request_read(request, piece, sizeof piece);
    if (size <= 0) {
      return size == 0 ? ws_request_end(request) : (ws_status)size;
    }
    status = ws_request_write(request, piece, (size_t)size);
  }
  return status;
}
