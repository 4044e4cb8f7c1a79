/* Nine hundred clients that send or read as slowly as they can, at once: they all are given up in
 * the end, and meanwhile fifty good ones are answered as if nobody else were there. */
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

enum { SLOW = 900, GOOD = 50, ALL = SLOW + GOOD, PATIENCE_S = 120 };
enum { LARGE = 8 * 1024 * 1024 };

enum kind { SLOW_HEAD, SLOW_BODY, SLOW_READ, KINDS, GOOD_CLIENT };

struct client {
  int fd; /* -1: the server has given it up */
  enum kind kind;
  int answers; /* of a good one */
};

static struct client clients[ALL];
static int still_slow;
static FILE* large_file;

static ws_status serve(ws_request* request, void* app_data) {
  (void)app_data;
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/large") != 0) {
    return ws_request_reply(request, 200, "text/plain", "hello", 5);
  }
  ws_status status = ws_request_start(request, 200, NULL);
  if (status == WS_OK) {
    status = ws_request_send_file(request, fileno(large_file), 0, LARGE);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

static void send_text(const struct client* client, const char* text) {
  /* A slow client may have been given up meanwhile. */
  const ssize_t n = send(client->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
  assert_true(n > 0 || client->kind != GOOD_CLIENT);
}

static void begin(struct client* client, int port) {
  static const char* const beginnings[] = {
      [SLOW_HEAD] = "GET / HTTP/1.1\r\nHost: a\r\nX: ",
      [SLOW_BODY] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
      [SLOW_READ] = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
      [GOOD_CLIENT] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  };
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client->kind == SLOW_READ) {
    const int small = 4096;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  assert_int_equal(connect(client->fd, (const struct sockaddr*)&address, sizeof address), 0);
  send_text(client, beginnings[client->kind]);
}

/* A byte more, one way or the other. */
static void move_a_byte(struct client* client) {
  char byte;
  if (client->kind != SLOW_READ) {
    send_text(client, "x");
  } else if (recv(client->fd, &byte, 1, MSG_DONTWAIT) == 1) {
    return;
  }
}

static void give_up(struct client* client) {
  close(client->fd);
  client->fd = -1;
  --still_slow;
}

/* An answer to a slow sender says that it was too slow; then the connection ends. */
static void look_at_slow(struct client* client, uint32_t events) {
  char answer[2048];
  if (client->kind == SLOW_READ) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
      give_up(client);
    }
    return;
  }
  const ssize_t n = recv(client->fd, answer, sizeof answer - 1, MSG_DONTWAIT);
  if (n > 0) {
    answer[n] = '\0';
    assert_non_null(strstr(answer, " 408 Request Timeout\r\n"));
  } else if (n == 0 || errno != EAGAIN) {
    give_up(client);
  }
}

static void look_at_good(struct client* client) {
  char answer[2048];
  const ssize_t n = recv(client->fd, answer, sizeof answer - 1, MSG_DONTWAIT);
  assert_true(n > 0 || errno == EAGAIN);
  if (n > 0) { /* it is small: it comes as one piece */
    answer[n] = '\0';
    assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\nhello"));
    ++client->answers;
  }
}

static void ask_again(void) {
  for (int i = SLOW; i < ALL; ++i) {
    send_text(&clients[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
}

static int min_answers(void) {
  int least = clients[SLOW].answers;
  for (int i = SLOW; i < ALL; ++i) {
    least = clients[i].answers < least ? clients[i].answers : least;
  }
  return least;
}

static void look_at_events(int epoll, int limit_ms) {
  struct epoll_event events[128];
  const int count = epoll_wait(epoll, events, 128, limit_ms);
  for (int i = 0; i < count; ++i) {
    struct client* client = &clients[events[i].data.u32];
    if (client->kind == GOOD_CLIENT) {
      look_at_good(client);
    } else if (client->fd >= 0) {
      look_at_slow(client, events[i].events);
    }
  }
}

/* One round: every slow client moves a byte, every good one asks and is answered. */
static void play_round(int epoll, int round) {
  for (int i = 0; i < SLOW; ++i) {
    if (clients[i].fd >= 0) {
      move_a_byte(&clients[i]);
    }
  }
  while (min_answers() < round) {
    look_at_events(epoll, 1000);
  }
  look_at_events(epoll, 50);
  ask_again();
}

static ws_server* start_server(void) {
  static const char* const options[][2] = {
      {"listen", "127.0.0.1:0"}, {"connection_limit", "1000"}, {"log_level", "none"},
      {"header_timeout", "2"},   {"body_timeout", "2"},        {"body_min_rate", "1000"},
      {"write_timeout", "2"},    {"write_min_rate", "100000"},
  };
  ws_server* server = ws_server_new();
  for (size_t i = 0; i < sizeof options / sizeof options[0]; ++i) {
    assert_int_equal(ws_server_set(server, options[i][0], options[i][1]), WS_OK);
  }
  assert_int_equal(ws_server_set(server, "loops", getenv("TEST_LOOPS")), WS_OK);
  assert_int_equal(ws_server_set_app(server, serve, NULL), WS_OK);
  assert_int_equal(ws_server_start(server), WS_OK);
  return server;
}

static void test_slow_clients__do_not_hold_the_others_up(void** state) {
  (void)state;
  ws_server* server = start_server();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < ALL; ++i) {
    clients[i].kind = i < SLOW ? (enum kind)(i % KINDS) : GOOD_CLIENT;
    begin(&clients[i], ws_server_port(server, 0));
    /* A slow reader looks at its end only. */
    struct epoll_event event = {.events = clients[i].kind == SLOW_READ ? 0 : EPOLLIN,
                                .data.u32 = (uint32_t)i};
    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event), 0);
  }
  still_slow = SLOW;
  const time_t until = time(NULL) + PATIENCE_S;
  int rounds = 0;
  while (still_slow > 0) {
    play_round(epoll, ++rounds);
    if (time(NULL) > until) {
      print_error("%d slow clients are still served after %d rounds\n", still_slow, rounds);
      fail();
    }
  }
  assert_true(min_answers() >= rounds);
  for (int i = SLOW; i < ALL; ++i) {
    close(clients[i].fd);
  }
  close(epoll);
  ws_server_stop(server);
  assert_int_equal(ws_server_join(server), WS_OK);
  ws_server_free(server);
}

/* Both ends of every connection are ours, and each large answer holds its file. */
static int set_up(void** state) {
  struct rlimit limit;
  (void)state;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  large_file = tmpfile();
  return large_file == NULL || ftruncate(fileno(large_file), LARGE) != 0 ||
                 limit.rlim_max < 3 * ALL + 100
             ? -1
             : 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_slow_clients__do_not_hold_the_others_up),
  };
  return cmocka_run_group_tests_name("load/slow_clients", tests, set_up, NULL);
}
