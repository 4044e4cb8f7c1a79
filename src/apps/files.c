/* The bundled app "files": the files below a folder, its setting "root" (default: where wserve was
 * started). Symbolic links are not followed and nothing outside the folder is ever opened. ETag,
 * Last-Modified, conditional requests and single ranges work as RFC 9110 §13 and §14 say. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

#include "conditions.h"
#include "media_types.h"

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);
WS_PLUGIN ws_status wserve_app_open(const char* const* settings, const char* const* defaults,
                                    void** app_data, char* problem, size_t capacity);
WS_PLUGIN void wserve_app_close(void* app_data);

struct folder {
  int fd;
};

ws_status wserve_app_open(const char* const* settings, const char* const* defaults, void** app_data,
                          char* problem, size_t capacity) {
  const char* root = ".";
  (void)defaults;
  for (; *settings != NULL; settings += 2) {
    if (strcmp(settings[0], "root") != 0) {
      snprintf(problem, capacity, "unknown setting \"%s\"; there is only root", settings[0]);
      return WS_EUNKNOWN;
    }
    root = settings[1];
  }
  struct folder* folder = malloc(sizeof *folder);
  if (folder == NULL) {
    return WS_ENOMEM;
  }
  folder->fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder->fd < 0) {
    snprintf(problem, capacity, "root \"%s\": %s", root, strerror(errno));
    free(folder);
    return WS_ESYSTEM;
  }
  *app_data = folder;
  return WS_OK;
}

void wserve_app_close(void* app_data) {
  struct folder* folder = app_data;
  close(folder->fd);
  free(folder);
}

static ws_status answer_text(ws_request* request, int status, const char* text) {
  return ws_request_reply(request, status, "text/plain; charset=utf-8", text, strlen(text));
}

/* Opens one name below a folder, never through a link, and never waits (a FIFO would). */
static int open_name(int folder, const char* name, size_t size, int flags) {
  char text[NAME_MAX + 1];
  if (size > NAME_MAX || (size == 2 && memcmp(name, "..", 2) == 0)) {
    errno = ENOENT;
    return -1;
  }
  memcpy(text, name, size);
  text[size] = '\0';
  return openat(folder, text, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Walks down the path, one name at a time. -1 with errno when it leads nowhere. */
static int open_path(int root, const char* path) {
  int at = dup(root);
  while (at >= 0) {
    path += strspn(path, "/");
    size_t size = strcspn(path, "/");
    const char* rest = path + size;
    if (size == 0) { /* a folder, asked for as one */
      size = strlen("index.html");
      path = "index.html";
      rest = "";
    }
    const int is_last = *rest == '\0';
    int next = open_name(at, path, size, is_last ? O_RDONLY : O_PATH | O_DIRECTORY);
    close(at);
    if (is_last) {
      return next;
    }
    at = next;
    path = rest;
  }
  return -1;
}

/* A folder without the slash: relative links in its index would lead astray. The Location is
 * relative, so that it is right behind every proxy; "./" keeps a colon in the name from looking
 * like a scheme. */
static ws_status redirect_to_folder(ws_request* request) {
  const char* uri = ws_request_get(request, "REQUEST_URI");
  const size_t path_size = strcspn(uri, "?");
  size_t name_at = path_size;
  while (name_at > 0 && uri[name_at - 1] != '/') {
    --name_at;
  }
  const size_t capacity = strlen(uri) + 4;
  char* location = malloc(capacity);
  if (location == NULL) {
    return WS_ENOMEM;
  }
  snprintf(location, capacity, "./%.*s/%s", (int)(path_size - name_at), uri + name_at,
           uri + path_size);
  ws_status status = ws_request_add_header(request, "Location", location);
  free(location);
  return status == WS_OK ? answer_text(request, 301, "Moved Permanently\n") : status;
}

static ws_status add_validators(ws_request* request, const struct validators* its) {
  ws_status status = ws_request_add_header(request, "ETag", its->etag);
  if (status == WS_OK) {
    status = ws_request_add_header(request, "Last-Modified", its->last_modified);
  }
  return status == WS_OK ? ws_request_add_header(request, "Accept-Ranges", "bytes") : status;
}

static ws_status add_length(ws_request* request, long long size) {
  char text[24];
  snprintf(text, sizeof text, "%lld", size);
  return ws_request_add_header(request, "Content-Length", text);
}

static ws_status add_content_range(ws_request* request, const struct range* part,
                                   long long file_size) {
  char text[80];
  if (part != NULL) {
    snprintf(text, sizeof text, "bytes %lld-%lld/%lld", part->first, part->first + part->size - 1,
             file_size);
  } else {
    snprintf(text, sizeof text, "bytes */%lld", file_size);
  }
  return ws_request_add_header(request, "Content-Range", text);
}

static ws_status send_part(ws_request* request, int fd, int status_code, struct range part) {
  const char* type = media_type_of(ws_request_get(request, "PATH_INFO"));
  ws_status status = ws_request_start(request, status_code, NULL);
  if (status == WS_OK) {
    status = ws_request_add_header(request, "Content-Type", type);
  }
  if (status == WS_OK) {
    status = add_length(request, part.size);
  }
  if (status == WS_OK) {
    status = ws_request_send_file(request, fd, part.first, part.size);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

static ws_status send_file(ws_request* request, int fd, const struct stat* file) {
  struct validators its;
  describe(file, &its);
  if (is_precondition_failed(request, &its)) { /* RFC 9110 §13.2.2: it is asked first */
    return answer_text(request, 412, "Precondition Failed\n");
  }
  ws_status status = add_validators(request, &its);
  if (status != WS_OK) {
    return status;
  }
  if (is_not_modified(request, &its)) {
    return ws_request_reply(request, 304, NULL, NULL, 0);
  }
  struct range part = {.first = 0, .size = file->st_size};
  switch (read_range(request, &its, file->st_size, &part)) {
    case RANGE_NONE:
      return send_part(request, fd, 200, part);
    case RANGE_UNSATISFIABLE:
      status = add_content_range(request, NULL, file->st_size);
      return status == WS_OK ? answer_text(request, 416, "Range Not Satisfiable\n") : status;
    case RANGE_GIVEN:
      break;
  }
  status = add_content_range(request, &part, file->st_size);
  return status == WS_OK ? send_part(request, fd, 206, part) : status;
}

static ws_status answer_error(ws_request* request, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return answer_text(request, 404, "Not Found\n");
    case EACCES:
    case EPERM:
      return answer_text(request, 403, "Forbidden\n");
    default:
      return ws_request_fail(request, strerror(error));
  }
}

ws_status wserve_app(ws_request* request, void* app_data) {
  const struct folder* root = app_data;
  const char* method = ws_request_get(request, "REQUEST_METHOD");
  if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
    ws_status status = ws_request_add_header(request, "Allow", "GET, HEAD");
    return status == WS_OK ? answer_text(request, 405, "Method Not Allowed\n") : status;
  }
  int fd = open_path(root->fd, ws_request_get(request, "PATH_INFO"));
  if (fd < 0) {
    return answer_error(request, errno);
  }
  struct stat file;
  ws_status status = WS_OK;
  if (fstat(fd, &file) != 0) {
    status = answer_error(request, errno);
  } else if (S_ISDIR(file.st_mode)) {
    status = redirect_to_folder(request);
  } else if (!S_ISREG(file.st_mode)) {
    status = answer_error(request, EACCES);
  } else {
    status = send_file(request, fd, &file);
  }
  close(fd);
  return status;
}
