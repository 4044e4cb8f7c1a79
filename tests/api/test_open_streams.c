/* Bodies that take their time, and bodies that nobody has asked for: who waits for them keeps
 * nobody else from being served, and the answer can be read. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"
#include "streams.h"

enum { UPLOADS = 10 };

/* Requests whose bodies one thread reads as they come, by their descriptors. */
struct reader {
  pthread_mutex_t mutex;
  ws_request* open[UPLOADS];
  struct pollfd events[UPLOADS];
  size_t sizes[UPLOADS];
  int taken; /* so many places are used */
  int done;
};

static ws_status take(ws_request* request, void* data) {
  struct reader* reader = data;
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/hello") == 0) {
    return say(request, "hello");
  }
  pthread_mutex_lock(&reader->mutex);
  const int place = reader->taken++;
  reader->open[place] = request;
  reader->events[place] = (struct pollfd){ws_request_event_fd(request), POLLIN, 0};
  const ws_status status = ws_request_defer(request);
  pthread_mutex_unlock(&reader->mutex);
  return status;
}

/* 1 when the body has ended, and is answered. */
static int read_on(ws_request* request, size_t* all) {
  char piece[64];
  size_t size = 0;
  ws_status status = WS_OK;
  while ((status = ws_request_read_some(request, piece, sizeof piece, 0, &size)) == WS_OK &&
         size > 0) {
    *all += size;
  }
  if (status == WS_TIMEOUT) {
    return 0;
  }
  char text[32];
  snprintf(text, sizeof text, "%zu %d", *all, status);
  say(request, text);
  ws_request_release(request);
  return 1;
}

static void* read_all(void* data) {
  struct reader* reader = data;
  while (reader->done < UPLOADS) {
    pthread_mutex_lock(&reader->mutex);
    const int taken = reader->taken;
    pthread_mutex_unlock(&reader->mutex);
    poll(reader->events, (nfds_t)taken, 10);
    for (int i = 0; i < taken; ++i) {
      if (reader->open[i] != NULL && read_on(reader->open[i], &reader->sizes[i])) {
        reader->open[i] = NULL;
        reader->events[i].fd = -1;
        ++reader->done;
      }
    }
  }
  return NULL;
}

static void begin_uploads(const struct fixture* f, int* clients) {
  for (int i = 0; i < UPLOADS; ++i) {
    clients[i] = client_connect(f->port);
    client_send_text(clients[i], "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n");
  }
}

static void end_uploads(int* clients) {
  for (int i = 0; i < UPLOADS; ++i) {
    struct response response = client_read(clients[i], 0);
    assert_string_equal(response.body, "20 0");
    response_free(&response);
    client_close(clients[i]);
  }
}

static void send_a_byte_each(const int* clients) {
  for (int i = 0; i < UPLOADS; ++i) {
    client_send(clients[i], "x", 1);
  }
}

static void test_open_streams__leave_the_threads_to_others(void** state) {
  (void)state;
  struct reader reader = {.mutex = PTHREAD_MUTEX_INITIALIZER};
  struct fixture f;
  fixture_make(&f, (const char* const[]){"body_streaming", "yes", "threads", "4", NULL});
  fixture_start(&f, take, &reader);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
  int clients[UPLOADS];
  begin_uploads(&f, clients);
  for (int i = 0; i < 20; ++i) {
    send_a_byte_each(clients);
    struct response hello = client_ask(f.port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_string_equal(hello.body, "hello");
    response_free(&hello);
  }
  end_uploads(clients);
  pthread_join(thread, NULL);
  fixture_end(&f);
}

/* A stop lets them end, within its time. */
static void test_open_streams__end_when_the_server_stops(void** state) {
  (void)state;
  struct reader reader = {.mutex = PTHREAD_MUTEX_INITIALIZER};
  struct fixture f;
  fixture_make(&f,
               (const char* const[]){"body_streaming", "yes", "threads", "4", "loops", "2", NULL});
  fixture_start(&f, take, &reader);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
  int clients[UPLOADS];
  begin_uploads(&f, clients);
  send_a_byte_each(clients);
  fixture_wait_for_stat(&f, "requests", UPLOADS);
  ws_server_stop(f.server);
  for (int i = 1; i < 20; ++i) {
    send_a_byte_each(clients);
    usleep(1000);
  }
  end_uploads(clients);
  pthread_join(thread, NULL);
  fixture_end(&f);
}

static ws_status refuse(ws_request* request, void* data) {
  (void)data;
  const int status = strcmp(ws_request_get(request, "PATH_INFO"), "/401") == 0 ? 401 : 413;
  return ws_request_reply(request, status, "text/plain", "no\n", 3);
}

/* Who sends all of a body without asking can read what became of it, every time. */
static void test_open_streams__refusals_can_be_read(void** state) {
  (void)state;
  enum { BODY = 200 * 1000, TIMES = 500 };
  static char body[BODY];
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_on_head(f.server, refuse, NULL));
  fixture_start(&f, echo, NULL);
  for (int i = 0; i < 2 * TIMES; ++i) {
    char head[100];
    const int status = i % 2 == 0 ? 401 : 413;
    snprintf(head, sizeof head, "PUT /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", status,
             BODY);
    const int fd = client_connect(f.port);
    client_send_text(fd, head);
    client_send(fd, body, sizeof body);
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, status);
    assert_string_equal(response.body, "no\n");
    response_free(&response);
    client_close(fd);
  }
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_open_streams__leave_the_threads_to_others),
      cmocka_unit_test(test_open_streams__end_when_the_server_stops),
      cmocka_unit_test(test_open_streams__refusals_can_be_read),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/open_streams", tests, NULL, NULL);
}
