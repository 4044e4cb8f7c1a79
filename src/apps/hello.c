/* The bundled app "hello": the same short text for every request. */
#include <wserve/plugin.h>
#include <wserve/wserve.h>

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);

ws_status wserve_app(ws_request* request, void* app_data) {
  static const char text[] = "Hello, World!\n";
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain; charset=utf-8", text, sizeof text - 1);
}
