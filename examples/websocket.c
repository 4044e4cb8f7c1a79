/* WebSockets that say back what they hear. The library leaves the connection to the application as
 * soon as it asks for it; the handshake is a hash, and libwslay does the frames, each connection on
 * a thread of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "example.h"

enum { KEY_SIZE = 24, ACCEPT_SIZE = 29, LONGEST_MESSAGE = 16 * 1024 * 1024 };

struct connection {
  int fd;
  size_t left_size; /* of what came behind the request, and is read first */
  size_t left_read;
  char left[];
};

/* RFC 6455 §4.2.2, 5.4 */
static void make_accept(const char* key, char accept[ACCEPT_SIZE]) {
  char text[KEY_SIZE + 37];
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  EVP_Digest(text, strlen(text), sum, &size, EVP_sha1(), NULL);
  EVP_EncodeBlock((unsigned char*)accept, sum, (int)size);
}

/* -- What libwslay calls -- */

static ssize_t take_bytes(wslay_event_context_ptr context, uint8_t* buffer, size_t capacity,
                          int flags, void* data) {
  struct connection* connection = data;
  (void)flags;
  const size_t left = connection->left_size - connection->left_read;
  if (left > 0) {
    const size_t size = left < capacity ? left : capacity;
    memcpy(buffer, connection->left + connection->left_read, size);
    connection->left_read += size;
    return (ssize_t)size;
  }
  const ssize_t got = recv(connection->fd, buffer, capacity, 0);
  if (got <= 0) {
    const int must_wait = got < 0 && (errno == EAGAIN || errno == EINTR);
    wslay_event_set_error(context, must_wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
  }
  return got;
}

static ssize_t give_bytes(wslay_event_context_ptr context, const uint8_t* bytes, size_t size,
                          int flags, void* data) {
  const struct connection* connection = data;
  (void)flags;
  const ssize_t sent = send(connection->fd, bytes, size, MSG_NOSIGNAL);
  if (sent < 0) {
    const int must_wait = errno == EAGAIN || errno == EINTR;
    wslay_event_set_error(context, must_wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  }
  return sent;
}

/* Pings and the closing handshake are libwslay's own work. */
static void say_back(wslay_event_context_ptr context,
                     const struct wslay_event_on_msg_recv_arg* heard, void* data) {
  (void)data;
  if (!wslay_is_ctrl_frame(heard->opcode)) {
    const struct wslay_event_msg said = {heard->opcode, heard->msg, heard->msg_length};
    wslay_event_queue_msg(context, &said);
  }
}

/* -- A connection -- */

/* A client that does not read is not read from, once more than one message waits for it. */
static int exchange_some(wslay_event_context_ptr context, int fd) {
  struct pollfd ready = {.fd = fd};
  const int is_behind = wslay_event_get_queued_msg_length(context) > LONGEST_MESSAGE;
  ready.events = (short)((wslay_event_want_read(context) && !is_behind ? POLLIN : 0) |
                         (wslay_event_want_write(context) ? POLLOUT : 0));
  if (ready.events == 0 || (poll(&ready, 1, -1) < 0 && errno != EINTR)) {
    return 0;
  }
  const int has_bytes = (ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
  return (!has_bytes || wslay_event_recv(context) == 0) && wslay_event_send(context) == 0;
}

static void* serve(void* data) {
  static const struct wslay_event_callbacks callbacks = {
      .recv_callback = take_bytes, .send_callback = give_bytes, .on_msg_recv_callback = say_back};
  struct connection* connection = data;
  wslay_event_context_ptr context = NULL;
  if (wslay_event_context_server_init(&context, &callbacks, connection) == 0) {
    wslay_event_config_set_max_recv_msg_length(context, LONGEST_MESSAGE);
    int goes_on = wslay_event_recv(context) == 0; /* what came behind the request */
    while (goes_on) {
      goes_on = exchange_some(context, connection->fd);
    }
    wslay_event_context_free(context);
  }
  close(connection->fd);
  free(connection);
  return NULL;
}

static int send_all(int fd, const char* text) {
  for (size_t size = strlen(text); size > 0;) {
    struct pollfd ready = {fd, POLLOUT, 0};
    const ssize_t sent = poll(&ready, 1, -1) > 0 ? send(fd, text, size, MSG_NOSIGNAL) : 0;
    if (sent < 0 && errno != EAGAIN) {
      return 0;
    }
    text += sent > 0 ? sent : 0;
    size -= sent > 0 ? (size_t)sent : 0;
  }
  return 1;
}

static ws_status begin(int fd, const char* accept, const char* left, size_t left_size) {
  char head[256];
  pthread_t thread;
  struct connection* connection = calloc(1, sizeof *connection + left_size);
  snprintf(head, sizeof head,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: %s\r\n\r\n",
           accept);
  if (connection != NULL) {
    connection->fd = fd;
    connection->left_size = left_size;
    memcpy(connection->left, left, left_size);
  }
  if (connection == NULL || !send_all(fd, head) ||
      pthread_create(&thread, NULL, serve, connection) != 0) {
    close(fd);
    free(connection);
    return WS_OK; /* there is nobody left to be told */
  }
  pthread_detach(thread);
  return WS_OK;
}

static int is(const char* value, const char* word) {
  return value != NULL && strcasecmp(value, word) == 0;
}

static ws_status upgrade(ws_request* request, void* app_data) {
  static const char text[] = "this is for WebSockets\n";
  const char* key = ws_request_get(request, "HTTP_SEC_WEBSOCKET_KEY");
  const char* connection = ws_request_get(request, "HTTP_CONNECTION");
  char accept[ACCEPT_SIZE];
  int fd = -1;
  const char* left = NULL;
  size_t left_size = 0;
  (void)app_data;
  if (!is(ws_request_get(request, "REQUEST_METHOD"), "GET") ||
      !is(ws_request_get(request, "HTTP_UPGRADE"), "websocket") || connection == NULL ||
      strcasestr(connection, "upgrade") == NULL || key == NULL || strlen(key) != KEY_SIZE ||
      !is(ws_request_get(request, "HTTP_SEC_WEBSOCKET_VERSION"), "13")) {
    ws_request_add_header(request, "Upgrade", "websocket");
    ws_request_add_header(request, "Sec-WebSocket-Version", "13");
    return ws_request_reply(request, 426, "text/plain", text, strlen(text));
  }
  make_accept(key, accept);
  const ws_status detached = ws_request_detach(request, &fd, &left, &left_size);
  return detached == WS_OK ? begin(fd, accept, left, left_size) : detached;
}

int main(int argc, char** argv) {
  ws_server* server = make_server(argc, argv);
  need(ws_server_set_app(server, upgrade, NULL));
  need(ws_server_listen(server));
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  return 0;
}
