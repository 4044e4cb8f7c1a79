/* A package of an application and two filters, for ini files of tests. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wserve/plugin.h>

WS_PLUGIN ws_status myapp(ws_request* request, void* app_data);
WS_PLUGIN ws_status myapp_open(const char* const* settings, const char* const* defaults,
                               void** app_data, char* problem, size_t capacity);
WS_PLUGIN void myapp_close(void* app_data);
WS_PLUGIN ws_status bodies(ws_request* request, void* app_data);
WS_PLUGIN ws_status mark(ws_request* request, ws_next* next, void* filter_data);
WS_PLUGIN ws_status mark_open(const char* const* settings, const char* const* defaults,
                              void** filter_data, char* problem, size_t capacity);
WS_PLUGIN void mark_close(void* filter_data);
WS_PLUGIN ws_status plain(ws_request* request, ws_next* next, void* filter_data);

/* "a=1 b=2 | color=red": the settings, and the default that is called color. */
static char* describe(const char* const* settings, const char* const* defaults) {
  char* text = NULL;
  size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  for (; *settings != NULL; settings += 2) {
    fprintf(out, "%s=%s ", settings[0], settings[1]);
  }
  for (; *defaults != NULL; defaults += 2) {
    if (strcmp(defaults[0], "color") == 0) {
      fprintf(out, "| color=%s", defaults[1]);
    }
  }
  fclose(out);
  return text;
}

ws_status myapp_open(const char* const* settings, const char* const* defaults, void** app_data,
                     char* problem, size_t capacity) {
  if (settings[0] != NULL && strcmp(settings[0], "fail") == 0) {
    snprintf(problem, capacity, "fail is %s", settings[1]);
    return WS_EAPP;
  }
  *app_data = describe(settings, defaults);
  return WS_OK;
}

void myapp_close(void* app_data) {
  free(app_data);
}

ws_status myapp(ws_request* request, void* app_data) {
  char text[1024];
  const int size = snprintf(
      text, sizeof text, "%s://%s script=%s path=%s client=%s marks=%s settings=%s raw=%s",
      ws_request_get(request, "ws.url_scheme"), ws_request_get(request, "HTTP_HOST"),
      ws_request_get(request, "SCRIPT_NAME"), ws_request_get(request, "PATH_INFO"),
      ws_request_get(request, "REMOTE_ADDR"),
      ws_request_get(request, "test.marks") != NULL ? ws_request_get(request, "test.marks") : "",
      (const char*)app_data, ws_request_get(request, "ws.raw_path_info"));
  return ws_request_reply(request, 200, "text/plain", text, (size_t)size);
}

/* How the body comes, and the body. */
ws_status bodies(ws_request* request, void* app_data) {
  (void)app_data;
  const int is_streamed = ws_request_rewind(request) == WS_ESTATE;
  char body[64];
  size_t size = 0;
  int64_t n = 0;
  while ((n = ws_request_read(request, body + size, sizeof body - size)) > 0) {
    size += (size_t)n;
  }
  char text[128];
  const int length =
      snprintf(text, sizeof text, "%s: %.*s", is_streamed ? "streamed" : "whole", (int)size, body);
  return ws_request_reply(request, 200, "text/plain", text, (size_t)length);
}

ws_status mark_open(const char* const* settings, const char* const* defaults, void** filter_data,
                    char* problem, size_t capacity) {
  (void)defaults;
  if (settings[0] == NULL || strcmp(settings[0], "name") != 0) {
    snprintf(problem, capacity, "mark needs a name");
    return WS_EINVAL;
  }
  *filter_data = strdup(settings[1]);
  return WS_OK;
}

void mark_close(void* filter_data) {
  free(filter_data);
}

/* Adds its name to the marks, so that the order of filters shows. */
ws_status mark(ws_request* request, ws_next* next, void* filter_data) {
  const char* before = ws_request_get(request, "test.marks");
  char text[256];
  snprintf(text, sizeof text, "%s%s", before != NULL ? before : "", (const char*)filter_data);
  ws_request_set(request, "test.marks", text);
  return ws_next_call(next, request);
}

ws_status plain(ws_request* request, ws_next* next, void* filter_data) {
  (void)filter_data;
  return ws_next_call(next, request);
}
