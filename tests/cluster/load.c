/* One thread for each client. */
#define _GNU_SOURCE
#include "load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

enum { PATIENCE_MS = 60000 };

struct load {
  const char* host;
  int port;
  pthread_t threads[LOAD_CLIENTS];
  pthread_mutex_t mutex; /* guards what follows */
  struct load_counts counts;
  long marks;
  int in_flight;
  int clients; /* that have got their number */
  int is_over;
};

static int begin(struct load* load, long* mark) {
  pthread_mutex_lock(&load->mutex);
  const int goes_on = !load->is_over;
  load->in_flight += goes_on;
  *mark = load->marks;
  pthread_mutex_unlock(&load->mutex);
  return goes_on;
}

static void finish(struct load* load, long mark, int is_post, int is_good) {
  pthread_mutex_lock(&load->mutex);
  --load->in_flight;
  load->counts.answered += is_good;
  load->counts.failed_gets += !is_good && !is_post;
  load->counts.failed_posts += !is_good && is_post;
  load->counts.late_failures += !is_good && load->marks > 0 && mark == load->marks;
  pthread_mutex_unlock(&load->mutex);
}

static void tell_failure(const char* method, const char* path, const struct response* response) {
  print_message("%s %s: %d %.*s\n", method, path, response->status,
                (int)strcspn(response->head, "\r"), response->head);
}

static char* make_request(int is_post, const char* path) {
  return format("%s %s HTTP/1.1\r\nHost: example.com\r\n%s", is_post ? "POST" : "GET", path,
                is_post ? "Content-Length: 2\r\n\r\nhi" : "\r\n");
}

/* A descriptor that one client gives back may be another's next: support/client.c keeps bytes by
 * its number. */
static pthread_mutex_t connecting = PTHREAD_MUTEX_INITIALIZER;

static int connect_client(const struct load* load) {
  pthread_mutex_lock(&connecting);
  const int fd = client_connect_to(load->host, load->port);
  pthread_mutex_unlock(&connecting);
  return fd;
}

static void disconnect_client(int fd) {
  pthread_mutex_lock(&connecting);
  client_close(fd);
  pthread_mutex_unlock(&connecting);
}

/* One connection of a client, made anew when it is gone. */
static void reconnect(const struct load* load, int* fd) {
  disconnect_client(*fd);
  *fd = connect_client(load);
}

/* True when the answer is the one to this very request. */
static int ask(const struct load* load, int* fd, int is_post, const char* path) {
  char* request = make_request(is_post, path);
  client_send_text(*fd, request);
  struct response response = client_read(*fd, 0);
  const int is_good =
      response.status == 200 && response.is_complete && strcmp(response.body, path) == 0;
  if (!is_good) {
    tell_failure(is_post ? "POST" : "GET", path, &response);
  }
  if (!is_good || strcasestr(response.head, "\r\nConnection: close") != NULL) {
    reconnect(load, fd);
  }
  response_free(&response);
  free(request);
  return is_good;
}

static int take_number(struct load* load) {
  pthread_mutex_lock(&load->mutex);
  const int number = load->clients++;
  pthread_mutex_unlock(&load->mutex);
  return number;
}

static void* be_client(void* data) {
  struct load* load = data;
  const int number = take_number(load);
  int fd = connect_client(load);
  long mark = 0;
  for (long i = 0; begin(load, &mark); ++i) {
    const int is_post = i % 4 == 3;
    char* path = format("/%d-%ld", number, i);
    finish(load, mark, is_post, ask(load, &fd, is_post, path));
    free(path);
  }
  disconnect_client(fd);
  return NULL;
}

struct load* load_start(const char* host, int port) {
  struct load* load = calloc(1, sizeof *load);
  load->host = host;
  load->port = port;
  pthread_mutex_init(&load->mutex, NULL);
  for (int i = 0; i < LOAD_CLIENTS; ++i) {
    assert_int_equal(pthread_create(&load->threads[i], NULL, be_client, load), 0);
  }
  return load;
}

static long answered(struct load* load) {
  pthread_mutex_lock(&load->mutex);
  const long count = load->counts.answered;
  pthread_mutex_unlock(&load->mutex);
  return count;
}

void load_run(struct load* load, long requests) {
  const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
  const long wanted = answered(load) + requests;
  for (int waited = 0; answered(load) < wanted; waited += 5) {
    if (waited > PATIENCE_MS) {
      print_error("the balancer has come to a stand\n");
      fail();
    }
    nanosleep(&pause, NULL);
  }
}

int load_in_flight(struct load* load) {
  pthread_mutex_lock(&load->mutex);
  const int count = load->in_flight;
  pthread_mutex_unlock(&load->mutex);
  return count;
}

void load_mark(struct load* load) {
  pthread_mutex_lock(&load->mutex);
  ++load->marks;
  pthread_mutex_unlock(&load->mutex);
}

struct load_counts load_take(struct load* load) {
  pthread_mutex_lock(&load->mutex);
  const struct load_counts counts = load->counts;
  load->counts = (struct load_counts){0};
  pthread_mutex_unlock(&load->mutex);
  return counts;
}

void load_end(struct load* load) {
  pthread_mutex_lock(&load->mutex);
  load->is_over = 1;
  pthread_mutex_unlock(&load->mutex);
  for (int i = 0; i < LOAD_CLIENTS; ++i) {
    pthread_join(load->threads[i], NULL);
  }
  pthread_mutex_destroy(&load->mutex);
  free(load);
}
