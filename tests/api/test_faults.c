/* Ordinary bad days: interrupted calls, no descriptors, a full disk, clients that reset, threads
 * that end. Nothing crashes, nothing is leaked, and no other client loses its request. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"
#include "syscall_faults.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

enum { LARGE = 300000 };

/* Sends back what it got, and so much more that it does not fit into a socket. */
static ws_status echo(ws_request* request, void* app_data) {
  static char more[LARGE];
  char piece[5000];
  int64_t got;
  (void)app_data;
  ws_status status = ws_request_start(request, 200, NULL);
  while (status == WS_OK && (got = ws_request_read(request, piece, sizeof piece)) > 0) {
    status = ws_request_write(request, piece, (size_t)got);
  }
  for (int i = 0; i < 20 && status == WS_OK; ++i) {
    status = ws_request_write(request, more, sizeof more);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

static void assert_serves(int port) {
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
}

static void send_post(int fd, size_t size) {
  char head[100];
  char* body = calloc(1, size);
  snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", size);
  client_send_text(fd, head);
  client_send(fd, body, size);
  free(body);
}

static void reset_client(int fd) {
  const struct linger at_once = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  client_close(fd);
}

/* How a body may come: where the loop answers itself nobody can wait for one that is streamed. */
static const struct {
  const char* threads;
  const char* streaming;
} ways[] = {{"0", "false"}, {"2", "false"}, {"2", "true"}};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void test_faults__interrupted_calls_are_made_again(void** state) {
  (void)state;
  for (int i = 0; i < WAYS; ++i) {
    struct fixture f;
    fixture_make(&f,
                 (const char*[]){"threads", ways[i].threads, "body_streaming", ways[i].streaming,
                                 "inbuf_overflow", "1000", "outbuf_overflow", "1000000", NULL});
    fixture_start(&f, echo, NULL);
    faults_interrupt();
    for (int j = 0; j < 3; ++j) {
      const int fd = client_connect(f.port);
      send_post(fd, LARGE);
      struct response response = client_read(fd, 0);
      assert_int_equal(response.status, 200);
      assert_int_equal(response.body_size, 21 * LARGE);
      response_free(&response);
      reset_client(fd);
    }
    fixture_wait_for_stat(&f, "connections", 0);
    assert_true(faults_interrupted() > 10);
    faults_clear();
    fixture_end(&f);
  }
}

static void test_faults__a_reset_is_noticed_in_spite_of_signals(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, gate_pass, &gate);
  faults_interrupt();
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  gate_wait_for(&gate, 1);
  reset_client(fd);
  fixture_wait_for_stat(&f, "connections", 0);
  gate_open(&gate);
  faults_clear();
  fixture_end(&f);
}

/* Errors that say: not now. The loop must not spin, and must come back to it. Its own clock says
 * when a second is over: it tries once each quarter of it. */
static void test_faults__without_descriptors_accepting_waits(void** state) {
  (void)state;
  static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL};
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"header_timeout", "1", NULL});
    fixture_start(&f, hello, NULL);
    const int kept = client_connect(f.port);
    client_send_text(kept, get);
    struct response response = client_read(kept, 0);
    response_free(&response);
    faults_refuse_accept(errors[i]);
    const int waiting = client_connect(f.port); /* the backlog takes it */
    client_send_text(waiting, get);
    fixture_wait_for_log(&f, "cannot accept connections");
    client_send_text(kept, get);
    response = client_read(kept, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    client_send_text(kept, "GET /");
    response = client_read(kept, 0);
    assert_int_equal(response.status, 408);
    response_free(&response);
    struct pollfd waited = {.fd = waiting, .events = POLLIN};
    assert_int_equal(poll(&waited, 1, 0), 0);
    assert_in_range(faults_accept_calls(), 1, 24); /* of two loops */
    faults_clear();
    response = client_read(waiting, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    client_close(waiting);
    client_close(kept);
    fixture_end(&f);
  }
}

/* Errors of the connection that was waiting: the next may be better. */
static void test_faults__a_connection_that_failed_in_the_backlog_is_skipped(void** state) {
  (void)state;
  static const int errors[] = {ECONNABORTED, EPROTO, EPERM, ENETDOWN, EHOSTUNREACH};
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; ++i) {
    struct fixture f;
    fixture_make(&f, NULL);
    fixture_start(&f, hello, NULL);
    faults_refuse_accept(errors[i]);
    const int fd = client_connect(f.port);
    client_send_text(fd, get);
    while (faults_accept_calls() == 0) {
      usleep(1000);
    }
    faults_clear();
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    client_close(fd);
    fixture_end(&f);
  }
}

static void test_faults__a_full_disk_refuses_bodies(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"inbuf_overflow", "1000", NULL});
  fixture_wait_for_threads();
  fixture_start(&f, hello, NULL);
  const int descriptors = fixture_descriptors();
  for (long room = 0; room <= 200000; room += 100000) {
    faults_fill_disk_after(room);
    const int fd = client_connect(f.port);
    send_post(fd, LARGE);
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 503);
    assert_string_equal(response_field(&response, "Retry-After"), "10");
    response_free(&response);
    client_close(fd);
    faults_clear();
    assert_serves(f.port);
  }
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_wait_for_descriptors(descriptors);
  fixture_end(&f);
}

static void test_faults__a_full_disk_cuts_answers_visibly(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"outbuf_overflow", "1000", NULL});
  fixture_wait_for_threads();
  fixture_start(&f, echo, NULL);
  const int descriptors = fixture_descriptors();
  for (long room = 0; room <= 200000; room += 100000) {
    faults_fill_disk_after(room);
    const int fd = client_connect(f.port);
    char* request = format("GET /%ld HTTP/1.1\r\nHost: a\r\n\r\n", room);
    char* line = format("serving /%ld:", room);
    client_send_text(fd, request);
    fixture_wait_for_log(&f, line); /* before anything was read */
    assert_int_equal(fixture_worst(&f), WS_LOG_ERROR);
    free(request);
    free(line);
    struct response response = client_read(fd, 0);
    assert_false(response.is_complete);
    response_free(&response);
    client_close(fd);
    faults_clear();
  }
  assert_serves(f.port);
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_wait_for_descriptors(descriptors);
  fixture_end(&f);
}

/* How far each client comes before it resets its connection. */
static const char* const reset_steps[] = {
    "",
    "G",
    "GET / HTTP/1.1\r\nHost: a\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /",
    "nonsense\r\n\r\n",
};

static void test_faults__clients_may_reset_at_every_step(void** state) {
  (void)state;
  for (int i = 0; i < WAYS; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", ways[i].threads, "body_streaming",
                                     ways[i].streaming, "inbuf_overflow", "4", NULL});
    fixture_wait_for_threads();
    fixture_start(&f, echo, NULL);
    const int descriptors = fixture_descriptors();
    for (size_t step = 0; step < sizeof reset_steps / sizeof reset_steps[0]; ++step) {
      for (int wait = 0; wait < 3; ++wait) {
        const int fd = client_connect(f.port);
        client_send_text(fd, reset_steps[step]);
        char some[100];
        if (wait == 1) {
          usleep(1000);
        } else if (wait == 2 && step >= 5) { /* the server has something to say */
          assert_true(recv(fd, some, sizeof some, 0) > 0);
        }
        reset_client(fd);
      }
      assert_serves(f.port);
    }
    fixture_wait_for_stat(&f, "connections", 0);
    fixture_wait_for_stat(&f, "buffered", 0);
    fixture_wait_for_descriptors(descriptors);
    fixture_end(&f);
  }
}

static void test_faults__clients_may_reset_while_their_request_waits(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  const int first = client_connect(f.port);
  client_send_text(first, get);
  gate_wait_for(&gate, 1);
  const int waiting = client_connect(f.port);
  client_send_text(waiting, get);
  fixture_wait_for_stat(&f, "waiting", 1);
  const int behind = client_connect(f.port);
  client_send_text(behind, get);
  fixture_wait_for_stat(&f, "waiting", 2);
  reset_client(waiting);
  fixture_wait_for_stat(&f, "connections", 2);
  gate_open(&gate);
  const int others[] = {first, behind};
  for (int i = 0; i < 2; ++i) {
    struct response response = client_read(others[i], 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    client_close(others[i]);
  }
  assert_int_equal(gate.inside, 2); /* nobody wanted the third answer */
  fixture_end(&f);
}

/* Answers when the gate opens, as the path says, and returns what came of it. */
static ws_status answer_behind_gate(ws_request* request, void* gate) {
  gate_hold(gate);
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/reply") == 0) {
    return ws_request_reply(request, 200, NULL, "x", 1);
  }
  ws_status status = ws_request_start(request, 200, NULL);
  while (status == WS_OK) {
    status = ws_request_write(request, "piece", 5);
  }
  return status;
}

/* It happens every day, and no operator can do anything about it. */
static void test_faults__a_client_that_leaves_is_not_logged_as_an_error(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "2"};
  static const char* const paths[] = {"/reply", "/write"};
  for (int i = 0; i < 4; ++i) {
    struct gate gate;
    gate_make(&gate);
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i / 2], NULL});
    fixture_start(&f, answer_behind_gate, &gate);
    const int fd = client_connect(f.port);
    char* request = format("GET %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i % 2]);
    char* line = format("Client disconnected while serving %s: ", paths[i % 2]);
    client_send_text(fd, request);
    gate_wait_for(&gate, 1);
    reset_client(fd);
    gate_open(&gate);
    fixture_wait_for_stat(&f, "connections", 0);
    fixture_wait_for_log(&f, line);
    assert_int_equal(fixture_worst(&f), WS_LOG_INFO);
    free(line);
    free(request);
    fixture_end(&f);
  }
}

static void test_faults__half_closed_clients_get_what_they_asked_for(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_wait_for_threads();
  fixture_start(&f, hello, NULL);
  const int descriptors = fixture_descriptors();
  for (size_t step = 0; step < sizeof reset_steps / sizeof reset_steps[0]; ++step) {
    const int fd = client_connect(f.port);
    client_send_text(fd, reset_steps[step]);
    shutdown(fd, SHUT_WR);
    size_t size;
    char* all = client_read_all(fd, &size);
    size_t answers = 0;
    for (const char* at = all; (at = strstr(at, "HTTP/1.1 200 OK")) != NULL; ++at) {
      ++answers;
    }
    const size_t expected = step == 6 ? 1 : step == 7 ? 2 : 0;
    /* Who waits for 100 (Continue) may have his answer before the end is seen. */
    assert_in_range(answers, expected, step == 5 ? 1 : expected);
    free(all);
    client_close(fd);
  }
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_wait_for_descriptors(descriptors);
  fixture_end(&f);
}

static ws_status end_thread(ws_request* request, void* app_data) {
  (void)app_data;
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/path") == 0) {
    return hello(request, NULL);
  }
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/started") == 0) {
    assert_ok(ws_request_start(request, 200, NULL));
    assert_ok(ws_request_write(request, "piece", 5));
  }
  pthread_exit(NULL);
}

static void test_faults__a_thread_that_the_application_ends_is_replaced(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "2", NULL});
  fixture_start(&f, end_thread, NULL);
  for (int i = 0; i < 10; ++i) {
    struct response response = client_ask(f.port, "GET /end HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(response.status, 500);
    response_free(&response);
    response = client_ask(f.port, "GET /started HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(response.status, 200);
    assert_false(response.is_complete);
    response_free(&response);
    assert_serves(f.port);
  }
  fixture_end(&f);
}

static void wait_for_refused_threads(long count) {
  while (faults_refused_threads() < count) {
    usleep(1000);
  }
}

static void test_faults__a_thread_that_cannot_be_replaced_now_is_replaced_later(void** state) {
  (void)state;
  static const char* const threads[] = {"1", "3"};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    fixture_start(&f, end_thread, NULL);
    faults_refuse_threads();
    const int waiting = client_connect(f.port);
    client_send_text(waiting, "GET /end HTTP/1.1\r\nHost: a\r\n\r\n");
    struct response response = client_read(waiting, 0);
    assert_int_equal(response.status, 500);
    response_free(&response);
    client_close(waiting);
    fixture_wait_for_log(&f, i == 0 ? "0 of 1 are left; trying again" : "2 of 3 are left");
    const int fd = client_connect(f.port); /* somebody waits, so the loop looks now and then */
    client_send_text(fd, get);
    wait_for_refused_threads(2);
    const int lines = fixture_lines(&f);
    wait_for_refused_threads(4);
    assert_int_equal(fixture_lines(&f), lines); /* it is said once */
    faults_clear();
    response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    fixture_wait_for_workers(atoi(threads[i]));
    client_close(fd);
    fixture_end(&f);
  }
}

static void* start(void* server) {
  return (void*)(intptr_t)ws_server_start(server);
}

static void test_faults__a_server_without_threads_does_not_start(void** state) {
  (void)state;
  fixture_wait_for_threads();
  const int descriptors = fixture_descriptors();
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_set_app(f.server, hello, NULL));
  assert_ok(ws_server_listen(f.server));
  faults_refuse_threads();
  pthread_t starter;
  pthread_create(&starter, NULL, start, f.server);
  void* status = NULL;
  pthread_join(starter, &status);
  assert_int_equal((intptr_t)status, WS_ESYSTEM);
  faults_clear();
  ws_server_free(f.server);
  fixture_wait_for_descriptors(descriptors);
}

static long switches(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nvcsw;
}

/* Each thread that is woken and finds nothing goes to sleep again. */
static void test_faults__a_new_connection_wakes_one_loop(void** state) {
  enum { CONNECTIONS = 30, LOOPS = 64 };
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char* const[]){"threads", "1", "loops", "64", NULL});
  fixture_start(&f, hello, NULL);
  assert_serves(f.port);
  const long before = switches();
  for (int i = 0; i < CONNECTIONS; ++i) {
    assert_serves(f.port);
  }
  assert_in_range(switches() - before, CONNECTIONS, CONNECTIONS * LOOPS / 4);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_faults__interrupted_calls_are_made_again),
      cmocka_unit_test(test_faults__a_reset_is_noticed_in_spite_of_signals),
      cmocka_unit_test(test_faults__without_descriptors_accepting_waits),
      cmocka_unit_test(test_faults__a_connection_that_failed_in_the_backlog_is_skipped),
      cmocka_unit_test(test_faults__a_full_disk_refuses_bodies),
      cmocka_unit_test(test_faults__a_full_disk_cuts_answers_visibly),
      cmocka_unit_test(test_faults__clients_may_reset_at_every_step),
      cmocka_unit_test(test_faults__clients_may_reset_while_their_request_waits),
      cmocka_unit_test(test_faults__a_client_that_leaves_is_not_logged_as_an_error),
      cmocka_unit_test(test_faults__half_closed_clients_get_what_they_asked_for),
      cmocka_unit_test(test_faults__a_thread_that_the_application_ends_is_replaced),
      cmocka_unit_test(test_faults__a_thread_that_cannot_be_replaced_now_is_replaced_later),
      cmocka_unit_test(test_faults__a_server_without_threads_does_not_start),
      cmocka_unit_test(test_faults__a_new_connection_wakes_one_loop),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  faults_spare_this_thread();
  return cmocka_run_group_tests_name("api/faults", tests, NULL, NULL);
}
