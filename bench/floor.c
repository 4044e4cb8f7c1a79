/* The floor of every measurement: one epoll loop that parses nothing and sends a canned answer, as
   cheap as a server in user space can be. A request ends where a blank line does.

   usage: floor PORT */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_EVENTS = 256, INPUT_SIZE = 65536, OUTPUT_SIZE = 1 << 20 };

static const char answer[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 14\r\n"
    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    "Server: floor\r\n"
    "\r\n"
    "Hello, World!\n";

static int listen_on(int port) {
  const int on = 1;
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((in_port_t)port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (const struct sockaddr*)&address, sizeof address) != 0 ||
      listen(listener, 1024) != 0) {
    perror("floor");
    exit(1);
  }
  return listener;
}

static void watch(int loop, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
  epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int loop, int listener) {
  const int on = 1;
  int client;
  while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(loop, client);
  }
}

static void answer_all(int client) {
  static char input[INPUT_SIZE];
  static char output[OUTPUT_SIZE];
  const ssize_t size = read(client, input, sizeof input);
  if (size <= 0) {
    close(client);
    return;
  }
  const char* rest = input;
  const char* blank;
  size_t filled = 0;
  while ((blank = memmem(rest, (size_t)(input + size - rest), "\r\n\r\n", 4)) != NULL) {
    memcpy(output + filled, answer, sizeof answer - 1);
    filled += sizeof answer - 1;
    rest = blank + 4;
  }
  if (filled > 0 && write(client, output, filled) < 0) {
    close(client);
  }
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: floor PORT\n");
    return 2;
  }
  const int listener = listen_on(atoi(argv[1]));
  const int loop = epoll_create1(0);
  watch(loop, listener);
  for (;;) {
    struct epoll_event events[MOST_EVENTS];
    const int count = epoll_wait(loop, events, MOST_EVENTS, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == listener) {
        accept_all(loop, listener);
      } else {
        answer_all(events[i].data.fd);
      }
    }
  }
}
