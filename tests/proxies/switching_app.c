/* A plugin for tests: speaks another protocol to clients that ask for a WebSocket. It is none: what
 * comes goes back with 'x' in place of every '-', until the client ends. Others get 400. */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

WS_PLUGIN ws_status wserve_app(ws_request* request, void* app_data);

/* The accepted key is that of the client's fixed one, RFC 6455 §1.3. */
static const char switched[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void send_back(int fd, char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = bytes[i] == '-' ? 'x' : bytes[i];
  }
  if (write(fd, bytes, size) < 0) {
    return; /* the client has gone; the next read says so */
  }
}

static void speak(int fd) {
  enum { PATIENCE_MS = 20000 };
  struct pollfd waited = {.fd = fd, .events = POLLIN};
  char bytes[256];
  ssize_t size = 0;
  while (poll(&waited, 1, PATIENCE_MS) == 1 && (size = read(fd, bytes, sizeof bytes)) > 0) {
    send_back(fd, bytes, (size_t)size);
  }
}

static int wants_websocket(ws_request* request) {
  const char* upgrade = ws_request_get(request, "HTTP_UPGRADE");
  return upgrade != NULL && strcasecmp(upgrade, "websocket") == 0;
}

ws_status wserve_app(ws_request* request, void* app_data) {
  (void)app_data;
  if (!wants_websocket(request)) {
    return ws_request_reply(request, 400, "text/plain", "WebSockets only\n", 16);
  }
  int fd = -1;
  const char* left = NULL;
  size_t left_size = 0;
  const ws_status status = ws_request_detach(request, &fd, &left, &left_size);
  if (status != WS_OK) {
    return status;
  }
  if (write(fd, switched, sizeof switched - 1) == sizeof switched - 1) {
    char bytes[256];
    memcpy(bytes, left, left_size < sizeof bytes ? left_size : sizeof bytes);
    send_back(fd, bytes, left_size);
    speak(fd);
  }
  close(fd);
  return WS_OK;
}
