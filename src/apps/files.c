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
#include <unistd.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

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
      return ws_request_reply_page(request, 404, "Not Found\n");
    case EACCES:
    case EPERM:
      return ws_request_reply_page(request, 403, "Forbidden\n");
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
    return status == WS_OK ? ws_request_reply_page(request, 405, "Method Not Allowed\n") : status;
  }
  const char* path = ws_request_get(request, "PATH_INFO");
  const int fd =
      is_mount_without_slash(request, path) ? FOLDER_NEEDS_SLASH : folder_find(files->folder, path);
  if (fd == FOLDER_NEEDS_SLASH) {
    return redirect_to_folder(request);
  }
  if (fd < 0) {
    return answer_error(request, errno);
  }
  char type[MEDIA_TYPE_SIZE];
  media_type_of(files->types, path, type);
  const ws_status status = ws_request_reply_file(request, fd, type);
  close(fd);
  return status;
}
