/* A thousand connections at once, twenty-five pipelined requests each: none is lost, and each
 * connection gets its answers in their order. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "support/cmocka.h"

enum { CLIENTS = 1000, REQUESTS = 25, PATIENCE_MS = 60000 };

struct client {
  int fd;
  int answers; /* that have come in full */
  size_t size; /* of what came and is no whole answer yet */
  char buffer[1024];
};

static struct client clients[CLIENTS];

/* "/CLIENT/REQUEST" comes back as the body. */
static ws_status tell_path(ws_request* request, void* app_data) {
  const char* path = ws_request_get(request, "PATH_INFO");
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", path, strlen(path));
}

static int connect_to(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) != 0) {
    print_error("connect: %s\n", strerror(errno));
    fail();
  }
  return fd;
}

static void send_all_requests(int index) {
  char text[REQUESTS * 64];
  int size = 0;
  for (int i = 0; i < REQUESTS; ++i) {
    size += snprintf(text + size, sizeof text - (size_t)size,
                     "GET /%d/%d HTTP/1.1\r\nHost: a\r\n\r\n", index, i);
  }
  assert_int_equal(send(clients[index].fd, text, (size_t)size, MSG_NOSIGNAL), size);
}

/* Takes whole answers off the front of what a client has got. */
static void take_answers(int index) {
  struct client* client = &clients[index];
  for (;;) {
    client->buffer[client->size] = '\0';
    char* end = strstr(client->buffer, "\r\n\r\n");
    const char* length = end != NULL ? strstr(client->buffer, "Content-Length: ") : NULL;
    if (length == NULL) {
      return;
    }
    char* body = end + 4;
    const size_t body_size = strtoul(length + 16, NULL, 10);
    const size_t whole = (size_t)(body - client->buffer) + body_size;
    if (client->size < whole) {
      return;
    }
    char expected[32];
    snprintf(expected, sizeof expected, "/%d/%d", index, client->answers);
    assert_int_equal(body_size, strlen(expected));
    assert_memory_equal(body, expected, body_size);
    memmove(client->buffer, client->buffer + whole, client->size - whole);
    client->size -= whole;
    ++client->answers;
  }
}

static void receive(int index) {
  struct client* client = &clients[index];
  const ssize_t n =
      recv(client->fd, client->buffer + client->size, sizeof client->buffer - 1 - client->size, 0);
  if (n <= 0) {
    print_error("client %d lost its connection after %d answers\n", index, client->answers);
    fail();
  }
  client->size += (size_t)n;
  take_answers(index);
}

static void read_everything(void) {
  struct epoll_event events[64];
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < CLIENTS; ++i) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event), 0);
  }
  int complete = 0;
  while (complete < CLIENTS) {
    const int count = epoll_wait(epoll, events, 64, PATIENCE_MS);
    assert_true(count > 0);
    for (int i = 0; i < count; ++i) {
      const int index = (int)events[i].data.u32;
      const int before = clients[index].answers;
      receive(index);
      complete += before < REQUESTS && clients[index].answers == REQUESTS;
    }
  }
  close(epoll);
}

static void run_with(const char* threads) {
  ws_server* server = ws_server_new();
  assert_int_equal(ws_server_set(server, "listen", "127.0.0.1:0"), WS_OK);
  assert_int_equal(ws_server_set(server, "threads", threads), WS_OK);
  assert_int_equal(ws_server_set(server, "connection_limit", "2000"), WS_OK);
  assert_int_equal(ws_server_set(server, "log_level", "error"), WS_OK);
  assert_int_equal(ws_server_set_app(server, tell_path, NULL), WS_OK);
  assert_int_equal(ws_server_start(server), WS_OK);
  memset(clients, 0, sizeof clients);
  for (int i = 0; i < CLIENTS; ++i) {
    clients[i].fd = connect_to(ws_server_port(server, 0));
  }
  for (int i = 0; i < CLIENTS; ++i) {
    send_all_requests(i);
  }
  read_everything();
  assert_int_equal(ws_server_stat(server, "requests"), CLIENTS * REQUESTS);
  for (int i = 0; i < CLIENTS; ++i) {
    close(clients[i].fd);
  }
  ws_server_stop(server);
  assert_int_equal(ws_server_join(server), WS_OK);
  ws_server_free(server);
}

static void test_many_clients__with_threads(void** state) {
  (void)state;
  run_with("4");
}

static void test_many_clients__without_threads(void** state) {
  (void)state;
  run_with("0");
}

/* Both ends of every connection are ours. */
static int raise_descriptor_limit(void** state) {
  struct rlimit limit;
  (void)state;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max < 2 * CLIENTS + 100 ? -1 : 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_many_clients__with_threads),
      cmocka_unit_test(test_many_clients__without_threads),
  };
  return cmocka_run_group_tests_name("load/many_clients", tests, raise_descriptor_limit, NULL);
}
