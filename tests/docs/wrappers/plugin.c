/* An application that a document names and does not show. */
#include <wserve/plugin.h>

ws_status SYMBOL(ws_request* request, void* app_data);
ws_status SYMBOL_open(const char* const* settings, const char* const* defaults, void** app_data,
                      char* problem, size_t capacity);

ws_status SYMBOL(ws_request* request, void* app_data) {
  (void)request;
  (void)app_data;
  return WS_EAPP;
}

ws_status SYMBOL_open(const char* const* settings, const char* const* defaults, void** app_data,
                      char* problem, size_t capacity) {
  (void)settings;
  (void)defaults;
  (void)app_data;
  (void)problem;
  (void)capacity;
  return WS_OK;
}
