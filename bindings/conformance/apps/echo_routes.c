/* The routes of the echo app in C; README.md lists them. */
#define _GNU_SOURCE
#include "echo_routes.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

static const char kText[] = "text/plain";
static const char kBinary[] = "application/octet-stream";

static const char* of(ws_request* request, const char* key) {
  const char* value = ws_request_get(request, key);
  return value != NULL ? value : "";
}

static bool reply_text(ws_request* request, int status, const char* text) {
  return ws_request_reply(request, status, kText, text, strlen(text)) == WS_OK;
}

static bool start(ws_request* request, const char* type) {
  ws_request_add_header(request, "Content-Type", type);
  return ws_request_start(request, 200, NULL) == WS_OK;
}

static bool write_text(ws_request* request, const char* text) {
  return ws_request_write(request, text, strlen(text)) == WS_OK;
}

static bool hello(ws_request* request) {
  return reply_text(request, 200, "Hello, World!\n");
}

/* The whole body, whose length may not be known before its end; NULL when it does not come. */
static char* read_body(ws_request* request, size_t* size) {
  char* body = NULL;
  int64_t got = 0;
  *size = 0;
  do {
    *size += (size_t)got;
    body = realloc(body, *size + PIECE);
    got = ws_request_read(request, body + *size, PIECE);
  } while (got > 0);
  if (got < 0) {
    free(body);
    return NULL;
  }
  return body;
}

static bool echo(ws_request* request) {
  size_t size;
  char* body = read_body(request, &size);
  const char* type = of(request, "CONTENT_TYPE");
  const bool is_sent =
      body != NULL &&
      ws_request_reply(request, 200, *type != '\0' ? type : kBinary, body, size) == WS_OK;
  free(body);
  return is_sent;
}

/* Writes what is left of the body. */
static bool copy_body(ws_request* request) {
  char* piece = malloc(PIECE);
  int64_t size;
  bool is_good = true;
  while (is_good && (size = ws_request_read(request, piece, PIECE)) != 0) {
    is_good = size > 0 && ws_request_write(request, piece, (size_t)size) == WS_OK;
  }
  free(piece);
  return is_good;
}

static bool stream(ws_request* request) {
  return start(request, kBinary) && copy_body(request) && ws_request_end(request) == WS_OK;
}

static bool count(ws_request* request) {
  char* piece = malloc(PIECE);
  int64_t all = 0;
  int64_t size;
  while ((size = ws_request_read(request, piece, PIECE)) > 0) {
    all += size;
  }
  free(piece);
  char text[24];
  const int length = snprintf(text, sizeof text, "%lld\n", (long long)all);
  return size == 0 && ws_request_reply(request, 200, "text/plain", text, (size_t)length) == WS_OK;
}

static bool twice(ws_request* request) {
  const int64_t length = ws_request_body_size(request);
  char size[24];
  snprintf(size, sizeof size, "%lld", (long long)length * 2);
  if (length >= 0) { /* -1: nobody knows yet */
    ws_request_add_header(request, "Content-Length", size);
  }
  return start(request, kBinary) && copy_body(request) && ws_request_rewind(request) == WS_OK &&
         copy_body(request) && ws_request_end(request) == WS_OK;
}

static int by_text(const void* left, const void* right) {
  return strcmp(*(char* const*)left, *(char* const*)right);
}

/* "HTTP_X_ONE" becomes "field.x-one=VALUE". */
static char* field_line(const char* key, const char* value) {
  char* line;
  if (asprintf(&line, "field.%s=%s\n", key + strlen("HTTP_"), value) < 0) {
    abort();
  }
  for (char* c = line + strlen("field."); *c != '='; ++c) {
    *c = *c == '_' ? '-' : (char)tolower(*c);
  }
  return line;
}

static void print_fields(FILE* out, ws_request* request) {
  enum { MOST = 100 };
  char* lines[MOST];
  size_t count = 0;
  const char* key;
  const char* value;
  for (size_t i = 0; ws_request_environ_at(request, i, &key, &value) == WS_OK; ++i) {
    if (strncmp(key, "HTTP_", 5) == 0 && count < MOST) {
      lines[count++] = field_line(key, value);
    }
  }
  qsort(lines, count, sizeof *lines, by_text);
  for (size_t i = 0; i < count; ++i) {
    fputs(lines[i], out);
    free(lines[i]);
  }
}

static bool request_seen(ws_request* request) {
  char* text;
  size_t size;
  FILE* out = open_memstream(&text, &size);
  const char* query = of(request, "QUERY_STRING");
  fprintf(out, "method=%s\nurl=%s://%s%s%s%s%s\n", of(request, "REQUEST_METHOD"),
          of(request, "ws.url_scheme"), of(request, "HTTP_HOST"), of(request, "SCRIPT_NAME"),
          of(request, "PATH_INFO"), *query != '\0' ? "?" : "", query);
  static const char* const kLines[][2] = {
      {"scheme", "ws.url_scheme"},      {"script_name", "SCRIPT_NAME"},
      {"path_info", "PATH_INFO"},       {"query_string", "QUERY_STRING"},
      {"protocol", "SERVER_PROTOCOL"},  {"remote_addr", "REMOTE_ADDR"},
      {"content_type", "CONTENT_TYPE"}, {"content_length", "CONTENT_LENGTH"},
  };
  for (size_t i = 0; i < sizeof kLines / sizeof *kLines; ++i) {
    fprintf(out, "%s=%s\n", kLines[i][0], of(request, kLines[i][1]));
  }
  print_fields(out, request);
  fclose(out);
  const bool is_sent = ws_request_reply(request, 200, kText, text, size) == WS_OK;
  free(text);
  return is_sent;
}

static bool fields(ws_request* request) {
  static const char kFields[] =
      "X-Repeat\0one\0X-Repeat\0two\0Set-Cookie\0a=1\0Set-Cookie\0b=2\0X-Empty\0";
  ws_request_add_headers(request, kFields, sizeof kFields);
  return reply_text(request, 200, "fields\n");
}

static bool once(ws_request* request) {
  ws_request_add_header(request, "Content-Type", "text/html");
  ws_request_add_header(request, "Location", "/a");
  ws_request_add_header(request, "Location", "/b");
  return reply_text(request, 200, "once\n");
}

static bool upgrade_required(ws_request* request) {
  ws_request_add_header(request, "Upgrade", "TLS/1.3");
  return reply_text(request, 426, "use TLS\n");
}

static bool status(ws_request* request) {
  const int code = atoi(of(request, "PATH_INFO") + strlen("/status/"));
  if (code == 204 || code == 304) {
    return ws_request_reply(request, code, NULL, NULL, 0) == WS_OK;
  }
  char text[32];
  snprintf(text, sizeof text, "status %d\n", code);
  return reply_text(request, code, text);
}

static bool reply_pattern(ws_request* request, size_t size, int modulus) {
  unsigned char* body = malloc(size + 1);
  for (size_t i = 0; i < size; ++i) {
    body[i] = (unsigned char)(i % (size_t)modulus);
  }
  const bool is_sent = ws_request_reply(request, 200, kBinary, body, size) == WS_OK;
  free(body);
  return is_sent;
}

static bool binary(ws_request* request) {
  return reply_pattern(request, 256, 256);
}

static bool large(ws_request* request) {
  return reply_pattern(request, (size_t)atoll(of(request, "PATH_INFO") + strlen("/large/")), 251);
}

static bool file(ws_request* request) {
  const int fd = open(of(request, "QUERY_STRING"), O_RDONLY | O_CLOEXEC);
  struct stat about;
  if (fd < 0 || fstat(fd, &about) != 0) {
    return false;
  }
  char size[24];
  snprintf(size, sizeof size, "%lld", (long long)about.st_size);
  ws_request_add_header(request, "Content-Length", size);
  const bool is_sent = start(request, kBinary) &&
                       ws_request_send_file(request, fd, 0, about.st_size) == WS_OK &&
                       ws_request_end(request) == WS_OK;
  close(fd);
  return is_sent;
}

static bool early(ws_request* request) {
  ws_request_add_header(request, "Link", "</style.css>; rel=preload");
  return ws_request_interim(request, 103) == WS_OK && hello(request);
}

static bool trailer(ws_request* request) {
  return start(request, kText) && write_text(request, "trailer\n") &&
         ws_request_add_trailer(request, "X-Sum", "8") == WS_OK && ws_request_end(request) == WS_OK;
}

static bool flush_and_wait(ws_request* request) {
  if (!start(request, kText) || !write_text(request, "first\n") ||
      ws_request_flush(request) != WS_OK) {
    return false;
  }
  FILE* fifo = fopen(of(request, "QUERY_STRING"), "r");
  while (fgetc(fifo) != EOF) {
  }
  fclose(fifo);
  return write_text(request, "second\n") && ws_request_end(request) == WS_OK;
}

static bool raise_error(ws_request* request) {
  (void)request;
  return false;
}

static bool raise_late(ws_request* request) {
  (void)(start(request, kText) && write_text(request, "first\n") && ws_request_flush(request));
  return false;
}

static bool drop(ws_request* request) {
  (void)request; /* the caller releases it */
  return true;
}

static bool finished(ws_request* request) {
  const bool is_sent = hello(request);
  FILE* fifo = fopen(of(request, "QUERY_STRING"), "w");
  fputs(ws_request_write(request, "x", 1) == WS_ESTATE ? "refused\n" : "accepted\n", fifo);
  fclose(fifo);
  return is_sent;
}

static bool gone(ws_request* request) {
  FILE* fifo = fopen(of(request, "QUERY_STRING"), "w");
  fputs("waiting\n", fifo);
  fflush(fifo);
  for (int i = 0; i < 1000 && ws_request_gone(request) == WS_GONE_NO; ++i) {
    usleep(10 * 1000);
  }
  fputs(ws_request_gone(request) != WS_GONE_NO ? "gone\n" : "still there\n", fifo);
  fclose(fifo);
  ws_request_reply(request, 200, kText, NULL, 0);
  return true;
}

static bool upgrade(ws_request* request) {
  static const char kHead[] =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
  int fd;
  const char* left;
  size_t left_size;
  if (ws_request_detach(request, &fd, &left, &left_size) != WS_OK) {
    return false;
  }
  (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  send(fd, kHead, strlen(kHead), MSG_NOSIGNAL);
  send(fd, left, left_size, MSG_NOSIGNAL);
  char piece[4096];
  ssize_t got;
  while ((got = recv(fd, piece, sizeof piece, 0)) > 0) {
    send(fd, piece, (size_t)got, MSG_NOSIGNAL);
  }
  close(fd);
  return true;
}

struct route {
  const char* path; /* with a '/' at the end: everything below it */
  bool (*answer)(ws_request* request);
};

static const struct route kRoutes[] = {
    {"/hello", hello},
    {"/echo", echo},
    {"/stream", stream},
    {"/count", count},
    {"/twice", twice},
    {"/fields", fields},
    {"/once", once},
    {"/request", request_seen},
    {"/upgrade-required", upgrade_required},
    {"/status/", status},
    {"/binary", binary},
    {"/large/", large},
    {"/file", file},
    {"/early", early},
    {"/trailer", trailer},
    {"/flush", flush_and_wait},
    {"/raise", raise_error},
    {"/drop", drop},
    {"/raise-late", raise_late},
    {"/finished", finished},
    {"/gone", gone},
    {"/upgrade", upgrade},
};

bool route_request(ws_request* request) {
  const char* path = of(request, "PATH_INFO");
  for (size_t i = 0; i < sizeof kRoutes / sizeof *kRoutes; ++i) {
    const char* wanted = kRoutes[i].path;
    const size_t size = strlen(wanted);
    if (wanted[size - 1] == '/' ? strncmp(path, wanted, size) == 0 : strcmp(path, wanted) == 0) {
      return kRoutes[i].answer(request);
    }
  }
  return reply_text(request, 404, "no such route\n");
}
