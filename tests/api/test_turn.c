/* ws_server_turn(): the server inside of an event loop of the program's, which is poll(2) here. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { PATIENCE_MS = 20000, BIG = 8 * 1024 * 1024 };

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static void host_make(struct fixture* f, ws_app_fn app, void* app_data,
                      const char* const* options) {
  fixture_make(f, options);
  if (app != NULL) {
    assert_ok(ws_server_set_app(f->server, app, app_data));
  }
  assert_ok(ws_server_turn(f->server, 0));
  f->port = ws_server_port(f->server, 0);
}

/* The host's loop: turns whenever the server's descriptor is readable, until another one is, and
 * says how often. */
static int turn_until_readable(ws_server* server, int fd) {
  int turns = 0;
  for (;;) {
    struct pollfd ready[] = {{ws_server_fd(server), POLLIN, 0}, {fd, POLLIN, 0}};
    assert_true(poll(ready, 2, PATIENCE_MS) > 0);
    if (ready[1].revents != 0) {
      return turns;
    }
    ++turns;
    assert_ok(ws_server_turn(server, 0));
  }
}

/* Until it has stopped. */
static void turn_until_closed(ws_server* server) {
  ws_status status = WS_OK;
  while (status == WS_OK) {
    struct pollfd ready = {ws_server_fd(server), POLLIN, 0};
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    status = ws_server_turn(server, 0);
  }
  assert_int_equal(status, WS_CLOSED);
}

/* How often it would have been turned in so many milliseconds. */
static int turns_within(ws_server* server, int milliseconds) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t end = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + milliseconds;
  for (int turns = 0;; ++turns) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t left = end - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    struct pollfd ready = {ws_server_fd(server), POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, (int)left) == 0) {
      return turns;
    }
    assert_ok(ws_server_turn(server, 0));
  }
}

static void host_end(struct fixture* f) {
  ws_server_drain(f->server, 5000);
  turn_until_closed(f->server);
  assert_ok(ws_server_join(f->server));
  ws_server_free(f->server);
}

static void assert_answered(struct fixture* f, int fd, const char* body) {
  turn_until_readable(f->server, fd);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, body);
  response_free(&response);
}

static ws_status tell_path(ws_request* request, void* thread) {
  const char* path = ws_request_get(request, "PATH_INFO");
  if (thread != NULL) {
    assert_true(pthread_equal(pthread_self(), *(pthread_t*)thread));
  }
  return ws_request_reply(request, 200, "text/plain", path, strlen(path));
}

static void test_turn__serves_on_the_threads_own(void** state) {
  (void)state;
  struct fixture f;
  pthread_t self = pthread_self();
  host_make(&f, tell_path, &self, (const char*[]){"threads", "0", NULL});
  fixture_assert_no_threads();
  const int fd = client_connect(f.port);
  for (int i = 0; i < 3; ++i) {
    client_send_text(fd, get);
    assert_answered(&f, fd, "/path");
  }
  fixture_assert_no_threads();
  client_close(fd);
  host_end(&f);
}

/* More than the server does in one turn: it makes its descriptor readable for the rest. */
static void test_turn__pipelined_requests_go_on(void** state) {
  (void)state;
  enum { REQUESTS = 300 };
  struct fixture f;
  host_make(&f, tell_path, NULL, (const char*[]){"threads", "0", NULL});
  const int fd = client_connect(f.port);
  char* all = calloc(REQUESTS, sizeof get);
  for (int i = 0; i < REQUESTS; ++i) {
    strcat(all, get);
  }
  client_send_text(fd, all);
  free(all);
  static char got[REQUESTS * 256];
  size_t size = 0;
  int answers = 0;
  while (answers < REQUESTS) {
    turn_until_readable(f.server, fd);
    const ssize_t n = recv(fd, got + size, sizeof got - 1 - size, MSG_DONTWAIT);
    assert_true(n > 0);
    size += (size_t)n;
    answers = 0;
    for (const char* next = got; (next = strstr(next, "HTTP/1.1 200 ")) != NULL; ++next) {
      ++answers;
    }
  }
  client_close(fd);
  host_end(&f);
}

static ws_status tell_body(ws_request* request, void* app_data) {
  static char body[BIG];
  (void)app_data;
  const int64_t size = ws_request_read(request, body, sizeof body);
  return ws_request_reply(request, 200, "text/plain", body, (size_t)size);
}

/* Other threads run the application: the loop hears of their answers. */
static void test_turn__with_threads_of_the_librarys(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, tell_body, NULL, (const char*[]){"threads", "2", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  assert_ok(ws_server_turn(f.server, 0));
  client_send_text(fd, "llo");
  assert_answered(&f, fd, "hello");
  client_close(fd);
  host_end(&f);
}

/* Nothing comes, and nobody calls before the descriptor is readable. */
static void test_turn__time_limits_need_no_traffic(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, tell_path, NULL, (const char*[]){"header_timeout", "0.3", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET / HTTP/1.1\r\nHo");
  turn_until_readable(f.server, fd);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 408);
  response_free(&response);
  client_close(fd);
  host_end(&f);
}

struct kept {
  ws_request* request;
  int is_kept;
  size_t size;
};

static ws_status keep(ws_request* request, void* data) {
  struct kept* kept = data;
  kept->request = request;
  kept->is_kept = 1;
  return ws_request_defer(request);
}

static void* answer_kept(void* data) {
  const struct kept* kept = data;
  char* body = calloc(1, kept->size + 1);
  memset(body, 'x', kept->size);
  assert_ok(ws_request_reply(kept->request, 200, "text/plain", body, kept->size));
  ws_request_release(kept->request);
  free(body);
  return NULL;
}

/* Also one that the client takes piece by piece, which is the loop's business. */
static void test_turn__deferred_answers_of_another_thread(void** state) {
  (void)state;
  struct fixture f;
  struct kept kept = {.size = BIG};
  host_make(&f, keep, &kept,
            (const char*[]){"threads", "0", "outbuf_high_watermark", "100000000", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  while (!kept.is_kept) {
    assert_ok(ws_server_turn(f.server, 100));
  }
  pthread_t thread;
  pthread_create(&thread, NULL, answer_kept, &kept);
  size_t taken = 0;
  while (taken < BIG) {
    static char piece[65536];
    turn_until_readable(f.server, fd);
    const ssize_t n = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
    assert_true(n > 0);
    taken += (size_t)n;
  }
  pthread_join(thread, NULL);
  client_close(fd);
  host_end(&f);
}

/* On the host's thread between two turns: it never waits for the client, which only turns serve. */
static void test_turn__answers_between_turns(void** state) {
  (void)state;
  struct fixture f;
  struct kept kept = {.size = BIG};
  host_make(&f, keep, &kept, (const char*[]){"threads", "0", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  while (!kept.is_kept) {
    assert_ok(ws_server_turn(f.server, 100));
  }
  answer_kept(&kept);
  turn_until_readable(f.server, fd);
  client_close(fd);
  host_end(&f);
}

static void answer_pulled(struct fixture* f, ws_worker* worker, int fd) {
  ws_request* request = NULL;
  turn_until_readable(f->server, ws_worker_fd(worker));
  ws_status status = WS_TIMEOUT;
  while (status != WS_OK) {
    assert_ok(ws_server_turn(f->server, 0));
    status = ws_worker_next(worker, 0, &request);
    assert_true(status == WS_OK || status == WS_TIMEOUT);
  }
  assert_ok(tell_path(request, NULL));
  ws_request_release(request);
  assert_answered(f, fd, "/path");
}

/* A program of one thread that pulls what it has taken in. */
static void test_turn__with_a_worker_that_pulls(void** state) {
  (void)state;
  for (const char* const* threads = (const char*[]){"0", "4", NULL}; *threads != NULL; ++threads) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", *threads, NULL});
    ws_worker* worker = ws_worker_new(f.server);
    assert_ok(ws_server_turn(f.server, 0));
    f.port = ws_server_port(f.server, 0);
    assert_true(ws_worker_fd(worker) >= 0);
    fixture_assert_no_threads();
    const int fd = client_connect(f.port);
    for (int i = 0; i < 3; ++i) {
      client_send_text(fd, get);
      answer_pulled(&f, worker, fd);
    }
    client_close(fd);
    host_end(&f);
    ws_request* request = NULL;
    assert_status(ws_worker_next(worker, 0, &request), WS_CLOSED);
    ws_worker_free(worker);
  }
}

/* Sleeping on the descriptor is sleeping: four ticks a second while somebody is connected, and
 * nothing when nobody is. */
static void test_turn__an_idle_server_is_not_turned(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, tell_path, NULL, (const char*[]){"threads", "0", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_answered(&f, fd, "/path");
  assert_in_range(turns_within(f.server, 1000), 1, 8);
  client_close(fd);
  while (ws_server_stat(f.server, "connections") > 0) {
    assert_ok(ws_server_turn(f.server, 100));
  }
  turns_within(f.server, 400); /* what there was to be done once more */
  assert_int_equal(turns_within(f.server, 1000), 0);
  host_end(&f);
}

/* The watchdog's period is a timer that the host sees. */
static void test_turn__beats_for_the_service_manager(void** state) {
  (void)state;
  struct fixture f;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t size = sizeof(sa_family_t); /* any abstract address */
  const int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
  assert_int_equal(bind(manager, (struct sockaddr*)&address, size), 0);
  size = sizeof address;
  assert_int_equal(getsockname(manager, (struct sockaddr*)&address, &size), 0);
  address.sun_path[0] = '@';
  setenv("NOTIFY_SOCKET", address.sun_path, 1);
  setenv("WATCHDOG_USEC", "100000", 1);
  host_make(&f, tell_path, NULL, (const char*[]){"systemd_notify", "true", NULL});
  for (int beats = 0; beats < 2;) {
    char text[256] = "";
    turn_until_readable(f.server, manager);
    assert_true(recv(manager, text, sizeof text - 1, 0) > 0);
    beats += strcmp(text, "WATCHDOG=1") == 0;
  }
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  close(manager);
  host_end(&f);
}

static void test_turn__waits_as_long_as_it_is_told(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, tell_path, NULL, NULL);
  assert_ok(ws_server_turn(f.server, 50)); /* for nothing */
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_ok(ws_server_turn(f.server, -1));
  assert_answered(&f, fd, "/path");
  client_close(fd);
  host_end(&f);
}

static void test_turn__other_loops_can_wait_on_it(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, tell_path, NULL, (const char*[]){"threads", "0", NULL});
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, ws_server_fd(f.server), &event), 0);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  while (recv(fd, &(char){0}, 1, MSG_PEEK | MSG_DONTWAIT) < 0) {
    assert_int_equal(epoll_wait(epoll, &event, 1, PATIENCE_MS), 1);
    assert_ok(ws_server_turn(f.server, 0));
  }
  client_close(fd);
  close(epoll);
  host_end(&f);
}

static void test_turn__serves_what_is_added(void** state) {
  (void)state;
  struct fixture f;
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  host_make(&f, tell_path, NULL, (const char*[]){"threads", "0", "listen", "none", NULL});
  assert_int_equal(f.port, -1);
  assert_null(ws_server_address(f.server, 0));
  assert_ok(ws_server_add_connection(f.server, pair[0], "192.0.2.1:4711"));
  client_send_text(pair[1], get);
  assert_answered(&f, pair[1], "/path");
  client_close(pair[1]);
  host_end(&f);
}

/* What has begun is answered, then turns are over, and threads too. */
static void test_turn__drains(void** state) {
  (void)state;
  struct fixture f;
  struct gate gate;
  gate_make(&gate);
  host_make(&f, gate_pass, &gate, (const char*[]){"threads", "1", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  while (gate_calls(&gate) == 0) {
    assert_ok(ws_server_turn(f.server, 10));
  }
  ws_server_drain(f.server, PATIENCE_MS);
  assert_ok(ws_server_turn(f.server, 0));
  gate_open(&gate);
  turn_until_closed(f.server);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(fd);
  assert_status(ws_server_turn(f.server, 0), WS_CLOSED);
  struct pollfd ready = {ws_server_fd(f.server), POLLIN, 0};
  assert_int_equal(poll(&ready, 1, 0), 0);
  assert_ok(ws_server_join(f.server));
  fixture_assert_no_threads();
  ws_server_free(f.server);
}

static ws_server* stopped_by_signal;

static void stop_it(int number) {
  (void)number;
  ws_server_stop(stopped_by_signal);
}

/* The program's handlers stay, and a server that has nothing to do hears of the order. */
static void test_turn__a_signal_stops_it(void** state) {
  (void)state;
  struct fixture f;
  struct sigaction ours = {.sa_handler = stop_it};
  struct sigaction before;
  struct sigaction seen;
  sigset_t blocked;
  sigset_t blocked_before;
  assert_int_equal(sigaction(SIGUSR2, &ours, &before), 0);
  pthread_sigmask(SIG_SETMASK, NULL, &blocked_before);
  host_make(&f, tell_path, NULL, NULL);
  stopped_by_signal = f.server;
  raise(SIGUSR2);
  turn_until_closed(f.server);
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  for (int number = 1; number < NSIG; ++number) {
    assert_int_equal(sigismember(&blocked, number), sigismember(&blocked_before, number));
  }
  assert_int_equal(sigaction(SIGUSR2, &before, &seen), 0);
  assert_true(seen.sa_handler == stop_it);
  assert_int_equal(sigaction(SIGPIPE, NULL, &seen), 0);
  assert_true(seen.sa_handler == SIG_DFL);
  ws_server_free(f.server);
}

static void test_turn__join_turns_it_to_its_end(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, tell_path, NULL, (const char*[]){"threads", "0", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_server_stop(f.server);
  assert_ok(ws_server_join(f.server));
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(fd);
  assert_ok(ws_server_join(f.server));
  ws_server_free(f.server);
}

static void* join_it(void* server) {
  assert_ok(ws_server_join(server));
  return NULL;
}

/* Other threads wait until the host has turned it to its end. */
static void test_turn__join_of_another_thread_waits(void** state) {
  (void)state;
  struct fixture f;
  pthread_t thread;
  host_make(&f, tell_path, NULL, (const char*[]){"threads", "0", NULL});
  pthread_create(&thread, NULL, join_it, f.server);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_answered(&f, fd, "/path");
  client_close(fd);
  ws_server_stop(f.server);
  turn_until_closed(f.server);
  pthread_join(thread, NULL);
  ws_server_free(f.server);
}

/* Though nobody turns it any more: clients see the end, and no thread waits for ever. */
static void test_turn__free_ends_it(void** state) {
  (void)state;
  for (const char* const* threads = (const char*[]){"0", "4", NULL}; *threads != NULL; ++threads) {
    struct fixture f;
    host_make(&f, tell_path, NULL, (const char*[]){"threads", *threads, NULL});
    const int fd = client_connect(f.port);
    client_send_text(fd, get);
    assert_answered(&f, fd, "/path");
    const int descriptor = ws_server_fd(f.server);
    ws_server_free(f.server);
    assert_true(client_sees_end(fd));
    client_close(fd);
    fixture_wait_for_threads();
    struct pollfd ready = {descriptor, POLLIN, 0};
    assert_int_equal(poll(&ready, 1, 0), 1);
    assert_int_equal(ready.revents, POLLNVAL);
  }
}

static ws_status free_it(ws_request* request, void* f) {
  (void)request;
  ws_server_free(((struct fixture*)f)->server);
  return WS_OK;
}

static void test_turn__free_inside_of_it_ends_it(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, free_it, &f, (const char*[]){"threads", "0", NULL});
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  ws_status status = WS_OK;
  while (status == WS_OK) {
    status = ws_server_turn(f.server, -1);
  }
  assert_int_equal(status, WS_CLOSED);
  size_t size = 0;
  free(client_read_all(fd, &size)); /* up to the end */
  client_close(fd);
}

static ws_status turn_inside(ws_request* request, void* server) {
  assert_status(ws_server_turn(server, 0), WS_ESTATE);
  assert_status(ws_server_join(server), WS_ESTATE);
  return tell_path(request, NULL);
}

static void test_turn__not_within_itself(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", NULL});
  assert_ok(ws_server_set_app(f.server, turn_inside, f.server));
  assert_ok(ws_server_turn(f.server, 0));
  const int fd = client_connect(ws_server_port(f.server, 0));
  client_send_text(fd, get);
  assert_answered(&f, fd, "/path");
  client_close(fd);
  host_end(&f);
}

static void* turn_all(void* server) {
  while (ws_server_turn(server, -1) == WS_OK) {
  }
  return NULL;
}

static void test_turn__one_thread_at_a_time(void** state) {
  (void)state;
  struct fixture f;
  struct gate gate;
  pthread_t thread;
  gate_make(&gate);
  host_make(&f, gate_pass, &gate, (const char*[]){"threads", "0", NULL});
  pthread_create(&thread, NULL, turn_all, f.server);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  gate_wait_for(&gate, 1);
  assert_status(ws_server_turn(f.server, 0), WS_ESTATE);
  assert_holds(ws_last_error(), "is being turned");
  gate_open(&gate);
  client_close(fd);
  ws_server_drain(f.server, 0);
  pthread_join(thread, NULL);
  assert_status(ws_server_turn(f.server, 0), WS_CLOSED);
  ws_server_free(f.server);
}

static void test_turn__not_beside_others(void** state) {
  (void)state;
  struct fixture f;
  assert_status(ws_server_turn(NULL, 0), WS_EINVAL);
  assert_int_equal(ws_server_fd(NULL), -1);
  fixture_make(&f, NULL);
  assert_int_equal(ws_server_fd(f.server), -1);
  assert_holds(ws_last_error(), "before the first ws_server_turn()");
  fixture_start(&f, tell_path, NULL);
  assert_status(ws_server_turn(f.server, 0), WS_ESTATE);
  assert_int_equal(ws_server_fd(f.server), -1);
  fixture_end(&f);
  host_make(&f, tell_path, NULL, NULL);
  assert_status(ws_server_run(f.server), WS_ESTATE);
  assert_status(ws_server_start(f.server), WS_ESTATE);
  assert_status(ws_server_listen(f.server), WS_ESTATE);
  host_end(&f);
}

static void test_turn__a_start_that_fails_can_be_tried_again(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"loops", "2", NULL});
  assert_ok(ws_server_set_app(f.server, tell_path, NULL));
  assert_status(ws_server_turn(f.server, 0), WS_EINVAL);
  assert_holds(ws_last_error(), "loops must be 1 where ws_server_turn() turns the event loop");
  assert_int_equal(ws_server_fd(f.server), -1);
  ws_server_free(f.server);
  fixture_make(&f, (const char*[]){"loops", "auto", NULL});
  assert_ok(ws_server_turn(f.server, 0));
  host_end(&f);
}

static void test_turn__is_not_for_children(void** state) {
  (void)state;
  struct fixture f;
  host_make(&f, tell_path, NULL, (const char*[]){"threads", "0", NULL});
  const pid_t child = fork();
  if (child == 0) {
    const int is_refused = ws_server_turn(f.server, 0) == WS_ESTATE && ws_server_fd(f.server) == -1;
    ws_server_free(f.server);
    _exit(is_refused ? 0 : 1);
  }
  int ended = 0;
  assert_int_equal(waitpid(child, &ended, 0), child);
  assert_int_equal(ended, 0);
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_answered(&f, fd, "/path");
  client_close(fd);
  host_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_turn__serves_on_the_threads_own),
      cmocka_unit_test(test_turn__pipelined_requests_go_on),
      cmocka_unit_test(test_turn__with_threads_of_the_librarys),
      cmocka_unit_test(test_turn__time_limits_need_no_traffic),
      cmocka_unit_test(test_turn__deferred_answers_of_another_thread),
      cmocka_unit_test(test_turn__answers_between_turns),
      cmocka_unit_test(test_turn__with_a_worker_that_pulls),
      cmocka_unit_test(test_turn__an_idle_server_is_not_turned),
      cmocka_unit_test(test_turn__beats_for_the_service_manager),
      cmocka_unit_test(test_turn__waits_as_long_as_it_is_told),
      cmocka_unit_test(test_turn__other_loops_can_wait_on_it),
      cmocka_unit_test(test_turn__serves_what_is_added),
      cmocka_unit_test(test_turn__drains),
      cmocka_unit_test(test_turn__a_signal_stops_it),
      cmocka_unit_test(test_turn__join_turns_it_to_its_end),
      cmocka_unit_test(test_turn__join_of_another_thread_waits),
      cmocka_unit_test(test_turn__free_ends_it),
      cmocka_unit_test(test_turn__free_inside_of_it_ends_it),
      cmocka_unit_test(test_turn__not_within_itself),
      cmocka_unit_test(test_turn__one_thread_at_a_time),
      cmocka_unit_test(test_turn__not_beside_others),
      cmocka_unit_test(test_turn__a_start_that_fails_can_be_tried_again),
      cmocka_unit_test(test_turn__is_not_for_children),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/turn", tests, NULL, NULL);
}
