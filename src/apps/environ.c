/* The bundled app "environ": answers {"environ": {KEY: VALUE, ...}, "body": "..."} as JSON, each
 * byte of a value as the code point U+0000 to U+00FF. It shows what a proxy sends and what the
 * server makes of it. */
#include <stdio.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);

/* Collects output, so that not every character is a write of its own. */
struct writer {
  ws_request* request;
  ws_status status;
  size_t used;
  char buffer[8192];
};

static void flush(struct writer* out) {
  if (out->status == WS_OK) {
    out->status = ws_request_write(out->request, out->buffer, out->used);
  }
  out->used = 0;
}

static void put(struct writer* out, const char* text) {
  for (; *text != '\0'; ++text) {
    if (out->used == sizeof out->buffer) {
      flush(out);
    }
    out->buffer[out->used++] = *text;
  }
}

static void put_byte(struct writer* out, unsigned char byte) {
  char text[8] = {(char)byte, '\0'};
  if (byte == '"' || byte == '\\') {
    snprintf(text, sizeof text, "\\%c", byte);
  } else if (byte < 0x20 || byte > 0x7e) {
    snprintf(text, sizeof text, "\\u%04x", byte);
  }
  put(out, text);
}

static void put_string(struct writer* out, const char* text) {
  put(out, "\"");
  for (; *text != '\0'; ++text) {
    put_byte(out, (unsigned char)*text);
  }
  put(out, "\"");
}

static void put_environ(struct writer* out) {
  const char* key;
  const char* value;
  put(out, "{\"environ\": {");
  for (size_t i = 0; ws_request_environ_at(out->request, i, &key, &value) == WS_OK; ++i) {
    put(out, i > 0 ? ", " : "");
    put_string(out, key);
    put(out, ": ");
    put_string(out, value);
  }
  put(out, "}, \"body\": \"");
}

static void put_body(struct writer* out) {
  unsigned char piece[4096];
  int64_t size = 0;
  while (out->status == WS_OK && (size = ws_request_read(out->request, piece, sizeof piece)) > 0) {
    for (int64_t i = 0; i < size; ++i) {
      put_byte(out, piece[i]);
    }
  }
  if (size < 0) {
    out->status = (ws_status)size;
  }
  put(out, "\"}\n");
}

ws_status wserve_app(ws_request* request, void* app_data) {
  (void)app_data;
  struct writer out = {.request = request, .status = ws_request_start(request, 200, NULL)};
  if (out.status == WS_OK) {
    out.status = ws_request_add_header(request, "Content-Type", "application/json");
  }
  put_environ(&out);
  put_body(&out);
  return out.status != WS_OK ? out.status : ws_request_finish(request, out.buffer, out.used);
}
