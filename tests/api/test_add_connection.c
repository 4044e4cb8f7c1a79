/* ws_server_add_connection(): connections that were accepted elsewhere. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_status tell_ends(ws_request* request, void* app_data) {
  (void)app_data;
  const char* port = ws_request_get(request, "REMOTE_PORT");
  char text[256];
  snprintf(text, sizeof text, "%s %s %s %s", ws_request_get(request, "REMOTE_ADDR"), port,
           ws_request_get(request, "SERVER_PORT"), ws_request_get(request, "ws.listener"));
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

static void make_pair(int pair[2]) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static void assert_answers(int client, const char* body) {
  assert_true(client_send_text(client, get));
  struct response response = client_read(client, 0);
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, body);
  response_free(&response);
}

static void test_add_connection__is_served_as_others_are(void** state) {
  (void)state;
  static const struct {
    const char* peer;
    const char* body;
  } cases[] = {
      {"192.0.2.1:4711", "192.0.2.1 4711 80 -"},
      {"192.0.2.1", "192.0.2.1 0 80 -"},
      {"[2001:db8::1]:4711", "2001:db8::1 4711 80 -"},
      {"unix:", "localhost  80 -"},
      {NULL, "localhost  80 -"},
  };
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, tell_ends, NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    int pair[2];
    make_pair(pair);
    assert_ok(ws_server_add_connection(f.server, pair[0], cases[i].peer));
    assert_int_equal(fcntl(pair[0], F_GETFD), FD_CLOEXEC);
    assert_true((fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0);
    assert_answers(pair[1], cases[i].body);
    assert_answers(pair[1], cases[i].body);
    client_close(pair[1]);
    fixture_wait_for_stat(&f, "connections", 0);
    assert_int_equal(fcntl(pair[0], F_GETFD), -1);
  }
  fixture_end(&f);
}

/* Accepted by the program: the socket knows both ends. */
static void test_add_connection__asks_the_socket(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, tell_ends, NULL);
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof own;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (struct sockaddr*)&own, size), 0);
  assert_int_equal(listen(listener, 8), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr*)&own, &size), 0);
  const int client = client_connect(ntohs(own.sin_port));
  struct sockaddr_in peer;
  size = sizeof peer;
  const int accepted = accept(listener, (struct sockaddr*)&peer, &size);
  assert_status(ws_server_add_connection(f.server, listener, "192.0.2.1"), WS_EINVAL);
  assert_holds(ws_last_error(), "it listens");
  assert_ok(ws_server_add_connection(f.server, accepted, NULL));
  char expected[64];
  snprintf(expected, sizeof expected, "127.0.0.1 %d %d -", ntohs(peer.sin_port),
           ntohs(own.sin_port));
  assert_answers(client, expected);
  client_close(client);
  close(listener);
  fixture_end(&f);
}

static void test_add_connection__refuses_what_is_none(void** state) {
  (void)state;
  struct fixture f;
  int pair[2];
  int datagrams[2];
  int tube[2];
  make_pair(pair);
  assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams), 0);
  assert_int_equal(pipe(tube), 0);
  fixture_make(&f, NULL);
  assert_status(ws_server_add_connection(f.server, pair[0], NULL), WS_ESTATE);
  fixture_start(&f, tell_ends, NULL);
  assert_status(ws_server_add_connection(NULL, pair[0], NULL), WS_EINVAL);
  assert_status(ws_server_add_connection(f.server, -1, NULL), WS_EINVAL);
  assert_status(ws_server_add_connection(f.server, tube[0], NULL), WS_EINVAL);
  assert_status(ws_server_add_connection(f.server, datagrams[0], NULL), WS_EINVAL);
  for (const char* const* peer = (const char*[]){"", "me", "192.0.2.1:x", "192.0.2", NULL};
       *peer != NULL; ++peer) {
    assert_status(ws_server_add_connection(f.server, pair[0], *peer), WS_EINVAL);
    assert_holds(ws_last_error(), "peer must be ADDRESS");
  }
  assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
  fixture_end(&f);
  for (int i = 0; i < 2; ++i) {
    assert_int_equal(close(pair[i]) | close(datagrams[i]) | close(tube[i]), 0);
  }
}

static void test_add_connection__waits_for_a_place(void** state) {
  (void)state;
  struct fixture f;
  int first[2];
  int second[2];
  make_pair(first);
  make_pair(second);
  fixture_make(&f, (const char*[]){"connection_limit", "1", NULL});
  fixture_start(&f, tell_ends, NULL);
  assert_ok(ws_server_add_connection(f.server, first[0], "192.0.2.1"));
  assert_status(ws_server_add_connection(f.server, second[0], "192.0.2.1"), WS_TIMEOUT);
  client_close(first[1]);
  fixture_wait_for_stat(&f, "connections", 0);
  assert_ok(ws_server_add_connection(f.server, second[0], "192.0.2.1"));
  assert_answers(second[1], "192.0.2.1 0 80 -");
  client_close(second[1]);
  fixture_end(&f);
}

/* Those that were added before are answered, none is taken after. */
static void test_add_connection__is_refused_while_stopping(void** state) {
  (void)state;
  struct fixture f;
  int before[2];
  int after[2];
  make_pair(before);
  make_pair(after);
  fixture_make(&f, NULL);
  fixture_start(&f, tell_ends, NULL);
  assert_true(client_send_text(before[1], get));
  assert_ok(ws_server_add_connection(f.server, before[0], "192.0.2.1"));
  ws_server_drain(f.server, 10000);
  assert_status(ws_server_add_connection(f.server, after[0], NULL), WS_CLOSED);
  struct response response = client_read(before[1], 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(before[1]);
  assert_ok(ws_server_join(f.server));
  assert_status(ws_server_add_connection(f.server, after[0], NULL), WS_CLOSED);
  assert_int_equal(close(after[0]) | close(after[1]), 0);
  ws_server_free(f.server);
}

static void* add_many(void* server) {
  for (int i = 0; i < 25; ++i) {
    int pair[2];
    make_pair(pair);
    assert_ok(ws_server_add_connection(server, pair[0], "192.0.2.7:7"));
    assert_answers(pair[1], "192.0.2.7 7 80 -");
    client_close(pair[1]);
  }
  return NULL;
}

static void test_add_connection__from_any_thread(void** state) {
  (void)state;
  enum { THREADS = 4 };
  struct fixture f;
  pthread_t threads[THREADS];
  fixture_make(&f, NULL);
  fixture_start(&f, tell_ends, NULL);
  for (int i = 0; i < THREADS; ++i) {
    pthread_create(&threads[i], NULL, add_many, f.server);
  }
  for (int i = 0; i < THREADS; ++i) {
    pthread_join(threads[i], NULL);
  }
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_add_connection__is_served_as_others_are),
      cmocka_unit_test(test_add_connection__asks_the_socket),
      cmocka_unit_test(test_add_connection__refuses_what_is_none),
      cmocka_unit_test(test_add_connection__waits_for_a_place),
      cmocka_unit_test(test_add_connection__is_refused_while_stopping),
      cmocka_unit_test(test_add_connection__from_any_thread),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/add_connection", tests, NULL, NULL);
}
