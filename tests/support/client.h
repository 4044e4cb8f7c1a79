/* A raw HTTP client for tests: exact bytes out, exact bytes in, nothing waits for ever. */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct response {
  int status; /* 0 when the connection ended before a status line */
  char* head; /* status line and fields, without the blank line */
  char* body; /* without the chunked coding; a NUL behind it */
  size_t body_size;
  int is_complete; /* the framing said where it ends, and it ended there; or the connection closed
                    */
};

/* A connected descriptor to 127.0.0.1, or to a Unix socket; the test fails when there is none. */
int client_connect(int port);
int client_connect_to(const char* host, int port);
int client_connect_unix(const char* path);
/* Whatever ws_server_address() returns. */
int client_connect_address(const char* address);

/* Sends all of it; false when the server has closed. Never raises SIGPIPE. */
int client_send(int fd, const void* bytes, size_t size);
int client_send_text(int fd, const char* text);

/* Reads one final response (interim ones are put into `head` of the first, one behind the other).
 * `is_head`: to a HEAD request. Bytes behind it stay for the next call on the same descriptor. */
struct response client_read(int fd, int is_head);
void response_free(struct response* response);

/* The value of a field, or NULL; valid until the next call on the same thread. */
const char* response_field(const struct response* response, const char* name);

/* Everything until the server closes; to be freed. */
char* client_read_all(int fd, size_t* size);

/* The next bytes, or fewer when the server closes or is silent before; to be freed. */
char* client_read_bytes(int fd, size_t size);

/* 1 when the server has closed: waits for it. 0 when bytes come instead, or nothing in good time.
 */
int client_sees_end(int fd);
/* Likewise, but a reset is no end. */
int client_sees_orderly_end(int fd);

/* Forgets bytes kept for the descriptor, and closes it. */
void client_close(int fd);

/* Sends a request on a new connection and reads the response, or its all. */
struct response client_ask(int port, const char* request);
char* client_ask_raw(int port, const char* request);

#ifdef __cplusplus
}
#endif

#endif
