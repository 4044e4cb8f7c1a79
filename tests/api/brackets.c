/* Brackets around what passes, and nothing else may be done meanwhile. */
#include "brackets.h"

#include <stdio.h>
#include <string.h>

#include <wserve/binding.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static ws_status put(ws_request* request, const char* text) {
  return ws_request_put_encoded(request, text, strlen(text));
}

ws_status bracket_encode(ws_request* request, const void* data, size_t size, ws_encode_step step,
                         void* encoder_data) {
  struct bracket* bracket = encoder_data;
  if (++bracket->calls == bracket->fails_at) {
    return WS_EAPP;
  }
  /* Nothing else may be done meanwhile. */
  if (ws_request_write(request, "x", 1) != WS_ESTATE || ws_request_end(request) != WS_ESTATE ||
      ws_request_fail(request, NULL) != WS_ESTATE || ws_request_discard(request) != WS_ESTATE ||
      ws_request_encode_body(request, bracket_encode, bracket, NULL) != WS_ESTATE ||
      ws_request_defer(request) != WS_ESTATE || ws_request_gone(request) != 0) {
    return WS_EINTERNAL;
  }
  ws_status status = WS_OK;
  if (size > 0) {
    status = put(request, bracket->open);
    status = status == WS_OK ? ws_request_put_encoded(request, data, size) : status;
    status = status == WS_OK ? put(request, bracket->close) : status;
  }
  if (step == WS_ENCODE_FLUSH && status == WS_OK) {
    status = put(request, "|");
  }
  if (step == WS_ENCODE_END && status == WS_OK) {
    ++bracket->ends;
    status = put(request, "$");
  }
  return status;
}

void bracket_release(void* encoder_data) {
  ++((struct bracket*)encoder_data)->released;
}

struct bracket brackets(void) {
  struct bracket bracket = {.open = "<", .close = ">"};
  return bracket;
}

ws_status bracket_body(ws_request* request, struct bracket* bracket) {
  return ws_request_encode_body(request, bracket_encode, bracket, bracket_release);
}

struct response bracket_ask(int port, const char* method, const char* path, const char* version) {
  char text[128];
  snprintf(text, sizeof text, "%s %s HTTP/%s\r\nHost: a\r\n\r\n", method, path, version);
  const int fd = client_connect(port);
  client_send_text(fd, text);
  struct response response = client_read(fd, strcmp(method, "HEAD") == 0);
  client_close(fd);
  return response;
}
