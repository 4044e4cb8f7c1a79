/* A plugin for tests: an app with settings, one without, and one that takes its time. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wserve/plugin.h>

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);
WS_PLUGIN ws_status wserve_app_open(const char* const* settings, const char* const* defaults,
                                    void** app_data, char* problem, size_t capacity);
WS_PLUGIN void wserve_app_close(void* app_data);
WS_PLUGIN ws_status other_app(ws_request* request, void* app_data);
WS_PLUGIN ws_status slow_app(ws_request* request, void* app_data);

ws_status wserve_app_open(const char* const* settings, const char* const* defaults, void** app_data,
                          char* problem, size_t capacity) {
  (void)defaults;
  (void)problem;
  (void)capacity;
  char* text = NULL;
  const int made = settings[0] == NULL ? asprintf(&text, "default (no settings)")
                                       : asprintf(&text, "default %s=%s", settings[0], settings[1]);
  *app_data = text;
  return made < 0 ? WS_ENOMEM : WS_OK;
}

void wserve_app_close(void* app_data) {
  puts("closed");
  free(app_data);
}

ws_status wserve_app(ws_request* request, void* app_data) {
  return ws_request_reply(request, 200, "text/plain", app_data, strlen(app_data));
}

ws_status other_app(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "other", 5);
}

ws_status slow_app(ws_request* request, void* app_data) {
  (void)app_data;
  puts("in slow_app");
  fflush(stdout);
  sleep(30);
  return ws_request_reply(request, 200, NULL, NULL, 0);
}
