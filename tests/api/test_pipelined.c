/* Pipelined requests and the threads of the library (threads=N): one thread takes those that came
 * together, and their answers leave together; but none waits for the next request's application. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"

enum { MANY = 40 };

struct site {
  struct fixture fixture;
  struct gate gate;
  atomic_int calls;
  pthread_t first_thread;
  atomic_int is_another_thread;
};

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static ws_status say_path(ws_request* request) {
  const char* path = ws_request_get(request, "PATH_INFO");
  return ws_request_reply(request, 200, "text/plain", path, strlen(path));
}

static void* answer_later(void* request) {
  (void)say_path(request);
  ws_request_release(request);
  return NULL;
}

static ws_status detach(ws_request* request) {
  int fd = -1;
  const char* left = NULL;
  size_t size = 0;
  const ws_status status = ws_request_detach(request, &fd, &left, &size);
  if (status == WS_OK) {
    dprintf(fd, "left: %.*s", (int)size, left);
    close(fd);
  }
  return status;
}

static ws_status serve(ws_request* request, void* data) {
  struct site* site = data;
  if (atomic_fetch_add(&site->calls, 1) == 0) {
    site->first_thread = pthread_self();
  } else if (!pthread_equal(site->first_thread, pthread_self())) {
    site->is_another_thread = 1;
  }
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/gate") == 0) {
    gate_hold(&site->gate);
  } else if (strcmp(path, "/close") == 0) {
    (void)ws_request_add_header(request, "Connection", "close");
  } else if (strcmp(path, "/detach") == 0) {
    return detach(request);
  } else if (strcmp(path, "/exit") == 0) {
    (void)say_path(request);
    pthread_exit(NULL);
  } else if (strcmp(path, "/fail") == 0) {
    return WS_EINVAL;
  } else if (strcmp(path, "/defer") == 0) {
    pthread_t thread;
    assert_ok(ws_request_defer(request));
    if (pthread_create(&thread, NULL, answer_later, request) == 0) {
      pthread_detach(thread);
    }
    return WS_OK;
  }
  return say_path(request);
}

static void site_make(struct site* site, const char* threads, const char* option,
                      const char* value) {
  memset(site, 0, sizeof *site);
  gate_make(&site->gate);
  fixture_make(&site->fixture, (const char*[]){"threads", threads, option, value, NULL});
  fixture_start(&site->fixture, serve, site);
}

static void expect_status(int client, int status, const char* body) {
  struct response response = client_read(client, 0);
  assert_int_equal(response.status, status);
  if (body != NULL) {
    assert_string_equal(response.body, body);
  }
  response_free(&response);
}

static void expect(int client, const char* body) {
  expect_status(client, 200, body);
}

/* Whether one read has them all, as they have left in one piece. */
static int come_together(int client) {
  assert_true(
      client_send_text(client, GET("/1") GET("/2") GET("/3") GET("/4") GET("/5") GET("/6")));
  char text[8192];
  const char* ends[] = {"/1", "/2", "/3", "/4", "/5", "/6"};
  size_t size = 0;
  int reads = 0;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; ++reads) {
    const ssize_t got = recv(client, text + size, sizeof text - 1 - size, 0);
    assert_true(got > 0);
    size += (size_t)got;
    text[size] = '\0';
    const char* at = text;
    for (i = 0; i < sizeof ends / sizeof *ends && at != NULL; i += at != NULL) {
      char body[16];
      snprintf(body, sizeof body, "\r\n\r\n%s", ends[i]);
      at = strstr(at, body);
    }
  }
  return reads == 1;
}

/* Unless the machine is so busy that the event loop has sent the first of them meanwhile. */
static void test_pipelined__one_thread_takes_what_came_together(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "4", NULL, NULL);
  int has_come = 0;
  for (int i = 0; i < 100 && !has_come; ++i) {
    const int client = client_connect(site.fixture.port);
    site.calls = site.is_another_thread = 0;
    has_come = come_together(client) && !site.is_another_thread;
    client_close(client);
  }
  assert_true(has_come);
  fixture_end(&site.fixture);
}

/* More than one thread takes at a time, and an end in the middle of one. */
static void test_pipelined__all_are_answered_in_their_order(void** state) {
  const char* metrics = *state != NULL ? "metrics_listen" : NULL;
  struct site site;
  site_make(&site, "2", metrics, "127.0.0.1:0");
  const int client = client_connect(site.fixture.port);
  char text[64];
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < MANY; ++i) {
      snprintf(text, sizeof text, GET("/%d"), i);
      const size_t half = i == MANY / 2 ? 10 : strlen(text);
      assert_true(client_send(client, text, half));
      assert_true(client_send_text(client, text + half));
    }
    for (int i = 0; i < MANY; ++i) {
      snprintf(text, sizeof text, "/%d", i);
      expect(client, text);
    }
  }
  client_close(client);
  fixture_wait_for_stat(&site.fixture, "requests", 20 * MANY);
  assert_int_equal(site.calls, 20 * MANY);
  fixture_end(&site.fixture);
}

static void test_pipelined__an_answer_does_not_wait_for_the_next_request(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "1", NULL, NULL);
  const int client = client_connect(site.fixture.port);
  assert_true(client_send_text(client, GET("/1") GET("/2") GET("/gate") GET("/4")));
  expect(client, "/1");
  expect(client, "/2");
  gate_open(&site.gate);
  expect(client, "/gate");
  expect(client, "/4");
  client_close(client);
  fixture_end(&site.fixture);
}

static void test_pipelined__who_waits_already_comes_first(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "1", NULL, NULL);
  const int one = client_connect(site.fixture.port);
  assert_true(client_send_text(one, GET("/gate") GET("/gate") GET("/3")));
  gate_wait_for(&site.gate, 1);
  const int other = client_connect(site.fixture.port);
  assert_true(client_send_text(other, GET("/other")));
  fixture_wait_for_stat(&site.fixture, "waiting", 1);
  usleep(20000); /* what takes no time is not put off */
  gate_open(&site.gate);
  expect(other, "/other");
  expect(one, "/gate");
  expect(one, "/gate");
  expect(one, "/3");
  client_close(one);
  client_close(other);
  fixture_end(&site.fixture);
}

static void test_pipelined__what_is_behind_the_last_answer_is_not_served(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "2", "request_limit", "6");
  int client = client_connect(site.fixture.port);
  assert_true(client_send_text(client, GET("/1") GET("/close") GET("/3") GET("/4")));
  expect(client, "/1");
  expect(client, "/close");
  assert_true(client_sees_orderly_end(client));
  client_close(client);
  assert_int_equal(site.calls, 2);
  fixture_wait_for_stat(&site.fixture, "requests", 2);
  /* By the limit of requests; those of a batch that was given up do not count twice. */
  client = client_connect(site.fixture.port);
  assert_true(client_send_text(
      client, GET("/defer") GET("/2") GET("/3") GET("/4") GET("/5") GET("/6") GET("/7")));
  expect(client, "/defer");
  for (int i = 2; i <= 6; ++i) {
    char path[16];
    snprintf(path, sizeof path, "/%d", i);
    expect(client, path);
  }
  assert_true(client_sees_orderly_end(client));
  client_close(client);
  assert_int_equal(site.calls, 2 + 6);
  fixture_end(&site.fixture);
}

static void test_pipelined__applications_that_do_otherwise(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "2", NULL, NULL);
  int client = client_connect(site.fixture.port);
  assert_true(client_send_text(client, GET("/1") GET("/2") GET("/3") GET("/defer") GET("/5")
                                           GET("/defer") GET("/7") GET("/detach") "and this"));
  expect(client, "/1");
  expect(client, "/2");
  expect(client, "/3");
  expect(client, "/defer");
  expect(client, "/5");
  expect(client, "/defer");
  expect(client, "/7");
  char* left = client_read_all(client, NULL);
  assert_string_equal(left, "left: and this");
  free(left);
  client_close(client);
  client = client_connect(site.fixture.port);
  assert_true(client_send_text(client, GET("/1") GET("/fail") GET("/3")));
  expect(client, "/1");
  expect_status(client, 500, NULL);
  assert_true(client_sees_orderly_end(client));
  client_close(client);
  /* What is behind it was read already: it is the application's, as it came. */
  client = client_connect(site.fixture.port);
  assert_true(client_send_text(client, GET("/1") GET("/detach") GET("/3")));
  expect(client, "/1");
  left = client_read_all(client, NULL);
  assert_string_equal(left, "left: " GET("/3"));
  free(left);
  client_close(client);
  fixture_end(&site.fixture);
}

/* No thread comes for them: the event loop refuses the first, and with it the connection. */
static void refused_together(const char* option, const char* value) {
  struct site site;
  site_make(&site, "1", option, value);
  const int busy = client_connect(site.fixture.port);
  assert_true(client_send_text(busy, GET("/gate")));
  gate_wait_for(&site.gate, 1);
  const int waiting = client_connect(site.fixture.port);
  assert_true(client_send_text(waiting, GET("/1") GET("/2")));
  fixture_wait_for_stat(&site.fixture, "waiting", 1);
  const int refused = client_connect(site.fixture.port);
  assert_true(client_send_text(refused, GET("/1") GET("/2") GET("/3")));
  expect_status(refused, 503, NULL);
  assert_true(client_sees_orderly_end(refused));
  gate_open(&site.gate);
  expect(busy, "/gate");
  client_close(refused);
  client_close(busy);
  client_close(waiting);
  fixture_end(&site.fixture);
}

static void test_pipelined__what_finds_no_place_in_the_queue(void** state) {
  (void)state;
  refused_together("queue_limit", "1");
  refused_together("queue_timeout", "1");
}

static void test_pipelined__bodies_and_mistakes_between_them(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "2", NULL, NULL);
  const int client = client_connect(site.fixture.port);
  assert_true(client_send_text(
      client, GET("/1") "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: "
                        "3\r\n\r\nabc" GET("/3") "HEAD /4 HTTP/1.1\r\nHost: "
                                                 "a\r\n\r\n" GET("/5") "GET /6 "
                                                                       "HTTP/"
                                                                       "1."
                                                                       "1\r\n\r"
                                                                       "\n" GET("/7")));
  expect(client, "/1");
  expect(client, "/2");
  expect(client, "/3");
  struct response head = client_read(client, 1);
  assert_string_equal(response_field(&head, "Content-Length"), "2");
  response_free(&head);
  expect(client, "/5");
  expect_status(client, 400, NULL); /* without a Host */
  assert_true(client_sees_orderly_end(client));
  client_close(client);
  assert_int_equal(site.calls, 5);
  fixture_end(&site.fixture);
}

static void test_pipelined__a_thread_that_ends_leaves_the_others_to_the_next(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "1", NULL, NULL);
  const int client = client_connect(site.fixture.port);
  assert_true(client_send_text(client, GET("/1") GET("/exit") GET("/3") GET("/4")));
  expect(client, "/1");
  expect(client, "/exit");
  expect(client, "/3");
  expect(client, "/4");
  client_close(client);
  fixture_end(&site.fixture);
}

/* Clients that leave, and a stop, in the middle. */
static void test_pipelined__ends_in_the_middle(void** state) {
  (void)state;
  struct site site;
  site_make(&site, "2", NULL, NULL);
  for (int i = 0; i < 50; ++i) {
    const int client = client_connect(site.fixture.port);
    assert_true(
        client_send_text(client, GET("/1") GET("/2") GET("/3") GET("/4") GET("/5") GET("/6")));
    if (i % 2 == 0) {
      expect(client, "/1");
    }
    client_close(client);
  }
  fixture_wait_for_stat(&site.fixture, "connections", 0);
  const int client = client_connect(site.fixture.port);
  assert_true(client_send_text(client, GET("/gate") GET("/2") GET("/3")));
  gate_wait_for(&site.gate, 1);
  ws_server_stop(site.fixture.server);
  fixture_wait_for_stat(&site.fixture, "draining", 1);
  gate_open(&site.gate);
  expect(client, "/gate");
  assert_true(client_sees_orderly_end(client));
  client_close(client);
  fixture_end(&site.fixture);
}

int main(void) {
  static int observed;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pipelined__one_thread_takes_what_came_together),
      cmocka_unit_test(test_pipelined__all_are_answered_in_their_order),
      {"test_pipelined__all_are_answered_and_observed",
       test_pipelined__all_are_answered_in_their_order, NULL, NULL, &observed},
      cmocka_unit_test(test_pipelined__an_answer_does_not_wait_for_the_next_request),
      cmocka_unit_test(test_pipelined__who_waits_already_comes_first),
      cmocka_unit_test(test_pipelined__what_is_behind_the_last_answer_is_not_served),
      cmocka_unit_test(test_pipelined__applications_that_do_otherwise),
      cmocka_unit_test(test_pipelined__what_finds_no_place_in_the_queue),
      cmocka_unit_test(test_pipelined__bodies_and_mistakes_between_them),
      cmocka_unit_test(test_pipelined__a_thread_that_ends_leaves_the_others_to_the_next),
      cmocka_unit_test(test_pipelined__ends_in_the_middle),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/pipelined", tests, NULL, NULL);
}
