/* A plugin for tests: the application of a node. It takes a moment, writes down each POST ("NODE
 * ID", one line, in the file of the setting "journal"), and answers with the path. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);
WS_PLUGIN ws_status wserve_app_open(const char* const* settings, const char* const* defaults,
                                    void** app_data, char* problem, size_t capacity);
WS_PLUGIN void wserve_app_close(void* app_data);

struct node {
  char name[32];
  int journal;
};

static const char* setting(const char* const* settings, const char* name) {
  for (; *settings != NULL; settings += 2) {
    if (strcmp(*settings, name) == 0) {
      return settings[1];
    }
  }
  return "";
}

ws_status wserve_app_open(const char* const* settings, const char* const* defaults, void** app_data,
                          char* problem, size_t capacity) {
  (void)defaults;
  struct node* node = calloc(1, sizeof *node);
  if (node == NULL) {
    return WS_ENOMEM;
  }
  snprintf(node->name, sizeof node->name, "%s", setting(settings, "name"));
  node->journal =
      open(setting(settings, "journal"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (node->journal < 0) {
    snprintf(problem, capacity, "cannot open the journal");
    free(node);
    return WS_EINVAL;
  }
  *app_data = node;
  return WS_OK;
}

void wserve_app_close(void* app_data) {
  struct node* node = app_data;
  close(node->journal);
  free(node);
}

static int write_down(const struct node* node, const char* id) {
  char line[128];
  const int size = snprintf(line, sizeof line, "%s %s\n", node->name, id);
  return write(node->journal, line, (size_t)size) == size;
}

ws_status wserve_app(ws_request* request, void* app_data) {
  const struct timespec moment = {.tv_nsec = 3 * 1000 * 1000};
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(ws_request_get(request, "REQUEST_METHOD"), "POST") == 0 &&
      !write_down(app_data, path)) {
    return WS_ESYSTEM;
  }
  nanosleep(&moment, NULL);
  return ws_request_reply(request, 200, "text/plain", path, strlen(path));
}
