/* A form with a text, a file and a cookie: the file is kept below a folder while it comes, under a
 * name that is safe, and can be fetched from there.
 *
 *   curl -F title=Holidays -F picture=@photo.jpg http://127.0.0.1:8080/
 *   curl http://127.0.0.1:8080/photo.jpg */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "example.h"

enum { PIECE = 64 * 1024, TEXT = 1024 };
static int folder; /* of the files */

static const char page[] =
    "<!doctype html><form method=post enctype=multipart/form-data>"
    "<input name=title><input type=file name=picture><button>Send</button></form>\n";

static ws_status show_form(ws_request* request) {
  return ws_request_reply(request, 200, "text/html; charset=utf-8", page, sizeof page - 1);
}

/* The rest of the part, to a file that was not there before. */
static ws_status keep_file(ws_multipart* parts, const char* name) {
  char piece[PIECE];
  int64_t got = 0;
  const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return errno == EEXIST ? WS_ECONFLICT : WS_ESYSTEM;
  }
  while ((got = ws_multipart_read(parts, piece, sizeof piece)) > 0) {
    if (write(fd, piece, (size_t)got) != got) {
      got = WS_ESYSTEM;
      break;
    }
  }
  close(fd);
  if (got < 0) {
    unlinkat(folder, name, 0); /* half a file is none */
  }
  return (ws_status)got;
}

static ws_status take_parts(ws_multipart* parts, char* title, char* kept) {
  ws_status status;
  while ((status = ws_multipart_next(parts)) == WS_OK) {
    const char* text;
    if (strcmp(ws_multipart_name(parts), "title") == 0) {
      status = ws_multipart_text(parts, &text);
      if (status == WS_OK) {
        snprintf(title, TEXT, "%s", text);
      }
    } else if (ws_multipart_filename(parts) != NULL && *ws_multipart_filename(parts) != '\0') {
      snprintf(kept, TEXT, "%s", ws_multipart_safe_name(parts));
      status = keep_file(parts, kept);
    }
    if (status != WS_OK) {
      return status;
    }
  }
  return status == WS_EUNKNOWN ? WS_OK : status; /* there are no more parts */
}

static ws_status take_upload(ws_request* request) {
  char title[TEXT] = "";
  char kept[TEXT] = "nothing";
  char text[2 * TEXT + 100];
  ws_multipart* parts;
  const ws_form* cookies;
  ws_status status = ws_request_multipart(request, &parts);
  if (status == WS_OK) {
    status = take_parts(parts, title, kept);
  }
  if (status == WS_OK) {
    status = ws_request_cookies(request, &cookies);
  }
  if (status == WS_ECONFLICT) {
    return ws_request_reply(request, 409, "text/plain", "there is one already\n", 21);
  }
  if (status != WS_OK) {
    return ws_request_refuse(request, status);
  }
  const char* user = ws_form_get(cookies, "user");
  const int size = snprintf(text, sizeof text, "%s has sent \"%s\" and %s\n",
                            user != NULL ? user : "somebody", title, kept);
  return ws_request_reply(request, 200, "text/plain; charset=utf-8", text, (size_t)size);
}

static ws_status send_kept(ws_request* request, const char* path) {
  int fd;
  const ws_status status = ws_file_open(folder, path, &fd);
  if (status != WS_OK) {
    return status == WS_EUNKNOWN ? ws_request_reply(request, 404, "text/plain", "not here\n", 9)
                                 : status;
  }
  const ws_status sent = ws_request_reply_file(request, fd, NULL);
  close(fd);
  return sent;
}

static ws_status serve(ws_request* request, void* app_data) {
  const char* path = ws_request_get(request, "PATH_INFO");
  (void)app_data;
  if (strcmp(path, "/") != 0) {
    return send_kept(request, path);
  }
  return strcmp(ws_request_get(request, "REQUEST_METHOD"), "POST") == 0 ? take_upload(request)
                                                                        : show_form(request);
}

int main(int argc, char** argv) {
  char place[] = "/tmp/wserve-form-example-XXXXXX";
  if (mkdtemp(place) == NULL || (folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
    perror(place);
    return 1;
  }
  ws_server* server = make_server(argc, argv);
  need(ws_server_set(server, "body_streaming", "yes"));
  need(ws_server_set_app(server, serve, NULL));
  need(ws_server_listen(server));
  printf("Files go to %s\n", place);
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  return 0;
}
