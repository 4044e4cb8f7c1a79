/* The bundled app "files": the files below a folder. Symbolic links are not followed and nothing
 * outside the folder is ever opened. ETag, Last-Modified, conditional requests and single ranges
 * work as RFC 9110 §13 and §14 say.
 *
 * Settings: "root" (default: where wserve was started; a link on its way there is followed anew for
 * each request), "dotfiles" (hide or serve), "mime_types" (default: the system's). */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

#include "conditions.h"
#include "folder.h"
#include "media_types.h"

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);
WS_PLUGIN ws_status wserve_app_open(const char* const* settings, const char* const* defaults,
                                    void** app_data, char* problem, size_t capacity);
WS_PLUGIN void wserve_app_close(void* app_data);

struct settings {
  const char* root;
  const char* mime_types; /* NULL: the system's, if there is one */
  int serves_dotfiles;
};

struct files {
  struct folder* folder;
  struct media_types* types;
};

static ws_status read_setting(const char* name, const char* value, struct settings* settings,
                              char* problem, size_t capacity) {
  if (strcmp(name, "root") == 0) {
    settings->root = value;
  } else if (strcmp(name, "mime_types") == 0) {
    settings->mime_types = value;
  } else if (strcmp(name, "dotfiles") == 0) {
    settings->serves_dotfiles = strcmp(value, "serve") == 0;
    if (!settings->serves_dotfiles && strcmp(value, "hide") != 0) {
      snprintf(problem, capacity, "dotfiles must be hide or serve, got \"%s\"", value);
      return WS_EINVAL;
    }
  } else {
    snprintf(problem, capacity, "unknown setting \"%s\"; there are root, dotfiles and mime_types",
             name);
    return WS_EUNKNOWN;
  }
  return WS_OK;
}

ws_status wserve_app_open(const char* const* settings, const char* const* defaults, void** app_data,
                          char* problem, size_t capacity) {
  struct settings read = {.root = "."};
  (void)defaults;
  for (; *settings != NULL; settings += 2) {
    const ws_status status = read_setting(settings[0], settings[1], &read, problem, capacity);
    if (status != WS_OK) {
      return status;
    }
  }
  struct files* files = calloc(1, sizeof *files);
  if (files == NULL) {
    return WS_ENOMEM;
  }
  *app_data = files;
  files->folder = folder_open(read.root, read.serves_dotfiles);
  if (files->folder == NULL) {
    snprintf(problem, capacity, "root \"%s\": %s", read.root, strerror(errno));
  } else {
    files->types = media_types_read(read.mime_types);
    if (files->types == NULL) {
      snprintf(problem, capacity, "mime_types \"%s\": %s",
               read.mime_types != NULL ? read.mime_types : "", strerror(errno));
    }
  }
  if (files->types == NULL) {
    wserve_app_close(files);
    return WS_ESYSTEM;
  }
  return WS_OK;
}

void wserve_app_close(void* app_data) {
  struct files* files = app_data;
  if (files->folder != NULL) {
    folder_close(files->folder);
  }
  media_types_free(files->types);
  free(files);
}

static ws_status answer_text(ws_request* request, int status, const char* text) {
  return ws_request_reply(request, status, "text/plain; charset=utf-8", text, strlen(text));
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

/* Date is said here, and not left to the library: Last-Modified must not be later (RFC 9110
 * §8.8.2.1), and the request may have waited. */
static ws_status add_validators(ws_request* request, const struct validators* its) {
  char date[DATE_SIZE];
  ws_status status = ws_request_add_header(request, "ETag", its->etag);
  if (status == WS_OK && its->last_modified[0] != '\0') {
    status = ws_request_add_header(request, "Last-Modified", its->last_modified);
  }
  if (status == WS_OK && write_date(its->now, date)) {
    status = ws_request_add_header(request, "Date", date);
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

struct file {
  int fd;
  struct stat stat;
  char type[MEDIA_TYPE_SIZE];
};

static ws_status send_part(ws_request* request, const struct file* file, int status_code,
                           struct range part) {
  ws_status status = ws_request_start(request, status_code, NULL);
  if (status == WS_OK) {
    status = ws_request_add_header(request, "Content-Type", file->type);
  }
  if (status == WS_OK) {
    status = add_length(request, part.size);
  }
  if (status == WS_OK) {
    status = ws_request_send_file(request, file->fd, part.first, part.size);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

static ws_status send_file(ws_request* request, const struct file* file) {
  const long long size = file->stat.st_size;
  struct validators its;
  describe(&file->stat, time(NULL), &its);
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
  struct range part = {.first = 0, .size = size};
  switch (read_range(request, &its, size, &part)) {
    case RANGE_NONE:
      return send_part(request, file, 200, part);
    case RANGE_UNSATISFIABLE:
      status = add_content_range(request, NULL, size);
      return status == WS_OK ? answer_text(request, 416, "Range Not Satisfiable\n") : status;
    case RANGE_GIVEN:
      break;
  }
  status = add_content_range(request, &part, size);
  return status == WS_OK ? send_part(request, file, 206, part) : status;
}

/* What the file system takes for no name is not found either. */
static ws_status answer_error(ws_request* request, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EINVAL:
    case EILSEQ:
    case ENXIO:
    case ENODEV:
    case ESTALE:
      return answer_text(request, 404, "Not Found\n");
    case EACCES:
    case EPERM:
      return answer_text(request, 403, "Forbidden\n");
    default:
      return ws_request_fail(request, strerror(error));
  }
}

/* "/shop" where the folder is mounted there: the path is empty. */
static int is_mount_without_slash(ws_request* request, const char* path) {
  const char* uri = ws_request_get(request, "REQUEST_URI");
  const size_t size = strcspn(uri, "?");
  return path[0] == '\0' && size > 0 && uri[size - 1] != '/';
}

ws_status wserve_app(ws_request* request, void* app_data) {
  const struct files* files = app_data;
  const char* method = ws_request_get(request, "REQUEST_METHOD");
  if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
    ws_status status = ws_request_add_header(request, "Allow", "GET, HEAD");
    return status == WS_OK ? answer_text(request, 405, "Method Not Allowed\n") : status;
  }
  const char* path = ws_request_get(request, "PATH_INFO");
  struct file file;
  file.fd = is_mount_without_slash(request, path) ? FOLDER_NEEDS_SLASH
                                                  : folder_find(files->folder, path, &file.stat);
  if (file.fd == FOLDER_NEEDS_SLASH) {
    return redirect_to_folder(request);
  }
  if (file.fd < 0) {
    return answer_error(request, errno);
  }
  media_type_of(files->types, path, file.type);
  const ws_status status = send_file(request, &file);
  close(file.fd);
  return status;
}
