/* The raw client: one buffer for each descriptor, time limits on every read. */
#define _GNU_SOURCE
#include "support/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/cmocka.h"

enum { PATIENCE_MS = 20000, MAX_CONNECTIONS = 65536 };

/* What was read from a descriptor and not yet asked for. */
struct kept {
  char* bytes;
  size_t size;
};
static struct kept kept[MAX_CONNECTIONS];

/* Another thread may have closed a descriptor of the same number before: what it did comes first.
 */
static pthread_mutex_t closing = PTHREAD_MUTEX_INITIALIZER;
static void follow_former_owner(void) {
  pthread_mutex_lock(&closing);
  pthread_mutex_unlock(&closing);
}

static int connected(int fd, const struct sockaddr* address, socklen_t size) {
  assert_true(fd >= 0 && fd < MAX_CONNECTIONS);
  if (connect(fd, address, size) != 0) {
    print_error("connect: %s\n", strerror(errno));
    fail();
  }
  return fd;
}

int client_connect(int port) {
  return client_connect_to("127.0.0.1", port);
}

int client_connect_to(const char* host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connected(fd, (const struct sockaddr*)&address, sizeof address);
}

int client_connect_unix(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connected(fd, (const struct sockaddr*)&address, sizeof address);
}

int client_connect_address(const char* address) {
  return strncmp(address, "unix:", 5) == 0 ? client_connect_unix(address + 5)
                                           : client_connect(atoi(strrchr(address, ':') + 1));
}

int client_send(int fd, const void* bytes, size_t size) {
  const char* next = bytes;
  while (size > 0) {
    const ssize_t n = send(fd, next, size, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) {
      return 0;
    }
    if (n > 0) {
      next += n;
      size -= (size_t)n;
    }
  }
  return 1;
}

int client_send_text(int fd, const char* text) {
  return client_send(fd, text, strlen(text));
}

/* Reads more into the kept bytes. 0 at the end, -1 when the server is silent for too long. */
static int fill(int fd) {
  struct pollfd waited = {.fd = fd, .events = POLLIN};
  if (poll(&waited, 1, PATIENCE_MS) != 1) {
    print_error("the server is silent\n");
    return -1;
  }
  char piece[65536];
  const ssize_t n = recv(fd, piece, sizeof piece, 0);
  if (n <= 0) {
    return 0; /* a reset is an end too */
  }
  struct kept* mine = &kept[fd];
  mine->bytes = realloc(mine->bytes, mine->size + (size_t)n);
  memcpy(mine->bytes + mine->size, piece, (size_t)n);
  mine->size += (size_t)n;
  return 1;
}

/* Takes bytes off the front; a NUL goes behind the copy. */
static char* take(int fd, size_t size) {
  struct kept* mine = &kept[fd];
  char* taken = malloc(size + 1);
  if (size > 0) {
    memcpy(taken, mine->bytes, size);
    memmove(mine->bytes, mine->bytes + size, mine->size - size);
  }
  taken[size] = '\0';
  mine->size -= size;
  return taken;
}

static int have(int fd, size_t size) {
  while (kept[fd].size < size) {
    if (fill(fd) <= 0) {
      return 0;
    }
  }
  return 1;
}

/* Takes everything up to and including `end`; NULL when the connection ends before. */
static char* take_until(int fd, const char* end) {
  const size_t end_size = strlen(end);
  for (;;) {
    const struct kept* mine = &kept[fd];
    const char* found = mine->size > 0 ? memmem(mine->bytes, mine->size, end, end_size) : NULL;
    if (found != NULL) {
      return take(fd, (size_t)(found - mine->bytes) + end_size);
    }
    if (fill(fd) <= 0) {
      return NULL;
    }
  }
}

static void append(char** text, size_t* size, const char* more, size_t more_size) {
  *text = realloc(*text, *size + more_size + 1);
  if (more_size > 0) {
    memcpy(*text + *size, more, more_size);
  }
  *size += more_size;
  (*text)[*size] = '\0';
}

static int read_chunks(int fd, struct response* response) {
  for (;;) {
    char* line = take_until(fd, "\r\n");
    if (line == NULL) {
      return 0;
    }
    const size_t size = strtoul(line, NULL, 16);
    free(line);
    if (size == 0) {
      break;
    }
    if (!have(fd, size + 2)) {
      return 0;
    }
    char* chunk = take(fd, size + 2);
    append(&response->body, &response->body_size, chunk, size);
    free(chunk);
  }
  for (;;) { /* trailers go behind the head */
    char* line = take_until(fd, "\r\n");
    if (line == NULL) {
      return 0;
    }
    const int is_last = strcmp(line, "\r\n") == 0;
    if (!is_last) {
      size_t head_size = strlen(response->head);
      append(&response->head, &head_size, "\r\n", 2);
      append(&response->head, &head_size, line, strlen(line) - 2);
    }
    free(line);
    if (is_last) {
      return 1;
    }
  }
}

static void read_until_end(int fd, struct response* response) {
  while (fill(fd) > 0) {
  }
  response->body_size = kept[fd].size;
  free(response->body);
  response->body = take(fd, kept[fd].size);
}

static void read_body(int fd, int is_head, struct response* response) {
  const int status = response->status;
  response->body = calloc(1, 1);
  if (is_head || status == 204 || status == 304) {
    response->is_complete = 1;
    return;
  }
  const char* length = response_field(response, "Content-Length");
  if (length != NULL) {
    const size_t size = strtoul(length, NULL, 10);
    response->is_complete = have(fd, size);
    response->body_size = response->is_complete ? size : kept[fd].size;
    free(response->body);
    response->body = take(fd, response->body_size);
  } else if (response_field(response, "Transfer-Encoding") != NULL) {
    response->is_complete = read_chunks(fd, response);
  } else {
    read_until_end(fd, response);
    response->is_complete = 1;
  }
}

struct response client_read(int fd, int is_head) {
  follow_former_owner();
  struct response response = {0};
  size_t head_size = 0;
  append(&response.head, &head_size, "", 0);
  do {
    char* head = take_until(fd, "\r\n\r\n");
    if (head == NULL || strncmp(head, "HTTP/1.", 7) != 0) {
      free(head);
      response.body = calloc(1, 1);
      response.status = 0;
      return response;
    }
    response.status = atoi(head + 9);
    append(&response.head, &head_size, head, strlen(head) - (response.status < 200 ? 0 : 4));
    free(head);
  } while (response.status < 200);
  read_body(fd, is_head, &response);
  return response;
}

void response_free(struct response* response) {
  free(response->head);
  free(response->body);
  memset(response, 0, sizeof *response);
}

const char* response_field(const struct response* response, const char* name) {
  static _Thread_local char value[4096];
  const size_t size = strlen(name);
  const char* line = response->head;
  while ((line = strstr(line, "\r\n")) != NULL) {
    line += 2;
    if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
      line += size + 1;
      line += strspn(line, " ");
      snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\r"), line);
      return value;
    }
  }
  return NULL;
}

char* client_read_all(int fd, size_t* size) {
  follow_former_owner();
  while (fill(fd) > 0) {
  }
  if (size != NULL) {
    *size = kept[fd].size;
  }
  return take(fd, kept[fd].size);
}

char* client_read_bytes(int fd, size_t size) {
  follow_former_owner();
  return take(fd, have(fd, size) ? size : kept[fd].size);
}

int client_sees_end(int fd) {
  follow_former_owner();
  return kept[fd].size == 0 && fill(fd) == 0;
}

int client_sees_orderly_end(int fd) {
  follow_former_owner();
  struct pollfd waited = {.fd = fd, .events = POLLIN};
  char byte;
  return kept[fd].size == 0 && poll(&waited, 1, PATIENCE_MS) == 1 && recv(fd, &byte, 1, 0) == 0;
}

void client_close(int fd) {
  pthread_mutex_lock(&closing);
  free(kept[fd].bytes);
  kept[fd] = (struct kept){0};
  close(fd);
  pthread_mutex_unlock(&closing);
}

struct response client_ask(int port, const char* request) {
  const int fd = client_connect(port);
  client_send_text(fd, request);
  struct response response = client_read(fd, strncmp(request, "HEAD ", 5) == 0);
  client_close(fd);
  return response;
}

char* client_ask_raw(int port, const char* request) {
  const int fd = client_connect(port);
  client_send_text(fd, request);
  shutdown(fd, SHUT_WR);
  char* all = client_read_all(fd, NULL);
  client_close(fd);
  return all;
}
