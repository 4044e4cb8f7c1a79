/* Restarts behind a listening socket that stays: fifty of them under load, and no request is lost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

enum { RESTARTS = 50, CLIENTS = 4 };

static int port;
static atomic_int is_over;
static atomic_int answered;
static atomic_int lost;
static atomic_int sent_again;

static int connect_once(void) {
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (const struct sockaddr*)&address, sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

/* What became of one request: bytes of its answer, 0 when the connection ended before the first. */
static ssize_t ask(int fd, int is_last, char* answer, size_t capacity) {
  static const char kept[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  static const char closing[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const char* request = is_last ? closing : kept;
  if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
    return 0;
  }
  size_t size = 0;
  while (size < capacity - 1) {
    const ssize_t n = recv(fd, answer + size, capacity - 1 - size, 0);
    if (n <= 0) {
      break;
    }
    size += (size_t)n;
    answer[size] = '\0';
    if (strstr(answer, "Hello, World!\n") != NULL) {
      break;
    }
  }
  answer[size] = '\0';
  return (ssize_t)size;
}

static int is_whole(const char* answer) {
  return strstr(answer, "HTTP/1.1 200 OK\r\n") == answer &&
         strstr(answer, "Hello, World!\n") != NULL;
}

/* A connection for each request: nothing can go wrong. */
static void* ask_and_close(void* unused) {
  char answer[1024];
  while (!is_over) {
    const int fd = connect_once();
    const ssize_t size = fd < 0 ? 0 : ask(fd, 1, answer, sizeof answer);
    *(size > 0 && is_whole(answer) ? &answered : &lost) += 1;
    close(fd);
  }
  return unused;
}

/* Kept connections: when one turns out to be closed before a byte of an answer has come, the
 * request is sent once more on a new one, as RFC 9112 §9.3.1 asks of clients. */
static void* ask_and_keep(void* unused) {
  char answer[1024];
  int fd = -1;
  while (!is_over) {
    const int is_fresh = fd < 0;
    fd = is_fresh ? connect_once() : fd;
    const ssize_t size = fd < 0 ? 0 : ask(fd, 0, answer, sizeof answer);
    if (size > 0 && is_whole(answer)) {
      ++answered;
      if (strstr(answer, "Connection: close\r\n") == NULL) {
        continue;
      }
    } else if (size == 0 && !is_fresh) {
      ++sent_again;
    } else {
      ++lost;
    }
    close(fd);
    fd = -1;
  }
  close(fd);
  return unused;
}

/* Not close-on-exec: servers inherit it. */
static int listen_somewhere(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  const int first = socket(AF_INET, SOCK_STREAM, 0);
  const int fd = fcntl(first, F_DUPFD, 5); /* not where systemd sockets begin */
  close(first);
  assert_int_equal(bind(fd, (struct sockaddr*)&address, size), 0);
  assert_int_equal(listen(fd, 512), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr*)&address, &size), 0);
  port = ntohs(address.sin_port);
  return fd;
}

static struct process start_server(int listener, int by_systemd) {
  static const char options[] = "--log-level=error --loops=${TEST_LOOPS:-1}";
  char* command =
      by_systemd
          ? format("exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ exec %s %s --listen=systemd hello",
                   listener, WSERVE, options)
          : format("exec %s %s --listen=fd:%d hello", WSERVE, options, listener);
  struct process process = process_start((const char*[]){"/bin/sh", "-c", command, NULL});
  char* line = process_wait_for(&process, "Serving on");
  assert_non_null(line);
  free(line);
  free(command);
  return process;
}

static void finish(struct process* process) {
  char* err = NULL;
  assert_int_equal(process_finish(process, NULL, &err), 0);
  assert_string_equal(err, "");
  free(err);
}

static void test_restart__loses_no_request(void** state) {
  (void)state;
  const int listener = listen_somewhere();
  struct process server = start_server(listener, 0);
  pthread_t clients[CLIENTS];
  for (int i = 0; i < CLIENTS; ++i) {
    pthread_create(&clients[i], NULL, i % 2 == 0 ? ask_and_close : ask_and_keep, NULL);
  }
  for (int i = 0; i < RESTARTS; ++i) {
    struct process next = start_server(listener, i % 2);
    const int before = answered;
    process_signal(&server, SIGTERM);
    finish(&server);
    while (answered < before + 2 * CLIENTS && lost == 0) {
      usleep(1000);
    }
    server = next;
  }
  is_over = 1;
  for (int i = 0; i < CLIENTS; ++i) {
    pthread_join(clients[i], NULL);
  }
  assert_int_equal(process_end(&server), 0);
  close(listener);
  print_message("%d answered, %d sent again\n", answered, sent_again);
  assert_int_equal(lost, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_restart__loses_no_request),
  };
  return cmocka_run_group_tests_name("command/restart", tests, NULL, NULL);
}
