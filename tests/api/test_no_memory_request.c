/* Every allocation of the server in the life of requests fails once, one after the other. At most
 * the client that it was made for sees it: never another, never a crash, and nothing is leaked. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "failing_malloc.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { LARGE = 16 * 1024 * 1024, BODY = 20000 };

static char large[LARGE];
static int file; /* with "hello" in it */

/* What each connection begins with, and how the server is set up: name, value, ..., NULL. */
struct setting {
  const char* preface;
  const char* const* options;
};
static const char* preface;

/* As an application that does not look at what comes back. */
static ws_status send_file(ws_request* request) {
  ws_status status = ws_request_start(request, 200, NULL);
  if (status == WS_OK) {
    status = ws_request_flush(request);
  }
  if (status == WS_OK) {
    ws_request_send_file(request, file, 0, 5);
    ws_request_end(request);
  }
  return status;
}

/* An early hint, a file and a trailer, behind each other. */
static ws_status answer_in_parts(ws_request* request) {
  ws_status status = ws_request_add_header(request, "Link", "</a-rather-long-name>; rel=preload");
  if (status == WS_OK) {
    status = ws_request_interim(request, 103);
  }
  if (status == WS_OK) {
    status = ws_request_start(request, 200, "A reason that is no short string");
  }
  if (status == WS_OK) {
    status = ws_request_add_trailer(request, "X-A-Long-Name", "a value that is no short string");
  }
  if (status == WS_OK) {
    status = ws_request_send_file(request, file, 0, 5);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

/* Echoes a body, answers "/large" with more than a socket takes, "/file" with a file and "/parts"
 * in parts, fails "/fail" in two ways, and answers all else with a field and a text. */
static ws_status serve(ws_request* request, void* app_data) {
  (void)app_data;
  if (ws_request_body_size(request) > 0) {
    static __thread char body[BODY];
    const int64_t size = ws_request_read(request, body, sizeof body);
    return size < 0 ? (ws_status)size
                    : ws_request_reply(request, 200, "text/plain", body, (size_t)size);
  }
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/large") == 0) {
    return ws_request_reply(request, 200, NULL, large, sizeof large);
  }
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/file") == 0) {
    return send_file(request);
  }
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/parts") == 0) {
    return answer_in_parts(request);
  }
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/fail") == 0) {
    return ws_request_get(request, "QUERY_STRING")[0] != '\0'
               ? WS_EAPP
               : ws_request_fail(request, "a reason that is too long for a short string");
  }
  ws_status status = ws_request_start(request, 200, NULL);
  if (status == WS_OK) {
    status = ws_request_add_header(request, "X-A", ws_request_get(request, "HTTP_X_A"));
  }
  if (status == WS_OK) {
    status = ws_request_write(request, "hello", 5);
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

static const char for_file[] = "GET /file HTTP/1.1\r\nHost: a\r\n\r\n";
static const char for_parts[] = "GET /parts HTTP/1.1\r\nHost: a\r\n\r\n";
static const char with_field[] =
    "GET /%41/path?query HTTP/1.1\r\nHost: example.com\r\nX-A: some value\r\n"
    "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1;host=\"a-host.example.com:81\"\r\n\r\n";

static int is_good(int fd, size_t size) {
  struct response response = client_read(fd, 0);
  const int good =
      response.status == 200 && response.is_complete && (size == 0 || response.body_size == size);
  /* A failure is an answer of its own, or the end of the connection. */
  if (!good && response.status != 0 && response.status != 500 && response.status != 503 &&
      response.is_complete) {
    print_error("%s\n%s\n", response.head, response.body);
  }
  assert_true(good || response.status == 0 || response.status == 500 || response.status == 503 ||
              !response.is_complete);
  /* What does not come any more is not waited for. */
  assert_true(response.is_complete || client_sees_end(fd));
  response_free(&response);
  return good;
}

static int connect_client(int port) {
  const int fd = client_connect(port);
  client_send_text(fd, preface);
  return fd;
}

static int ask(int port, const char* request) {
  const int fd = connect_client(port);
  client_send_text(fd, request);
  const int good = is_good(fd, 5);
  client_close(fd);
  return good;
}

/* The head comes in two pieces, the body in chunks, and both are kept for a while. */
static int ask_in_pieces(int port) {
  const int fd = connect_client(port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-En");
  usleep(500);
  client_send_text(fd, "coding: chunked\r\n\r\n");
  char chunk[1100];
  int size = snprintf(chunk, sizeof chunk, "3E8\r\n%01000d\r\n", 7);
  for (int i = 0; i < BODY / 1000; ++i) {
    client_send(fd, chunk, (size_t)size);
  }
  client_send_text(fd, "0\r\n\r\n");
  const int good = is_good(fd, BODY);
  client_close(fd);
  return good;
}

/* Output waits, and goes to a file. */
static int ask_for_much(int port) {
  const int fd = connect_client(port);
  client_send_text(fd, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  usleep(500);
  const int good = is_good(fd, LARGE);
  client_close(fd);
  return good;
}

/* Two requests in one piece: together they are one client. */
static int ask_twice(int port) {
  const int fd = connect_client(port);
  client_send_text(fd,
                   "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n"
                   "X-A: 2\r\n\r\nGET");
  const int good = is_good(fd, 5) && is_good(fd, 5);
  client_close(fd);
  return good;
}

/* Whatever comes back. */
static void ask_for_a_failure(int port, const char* request) {
  const int fd = connect_client(port);
  client_send_text(fd, request);
  shutdown(fd, SHUT_WR);
  free(client_read_all(fd, NULL));
  client_close(fd);
}

static void ask_for_failures(int port) {
  ask_for_a_failure(port, "GET / HTTP/1.1\r\n\r\n");
  ask_for_a_failure(port, "GET /fail?returned HTTP/1.1\r\nHost: a\r\n\r\n");
  ask_for_a_failure(port, "GET /fail HTTP/1.1\r\nHost: a\r\n\r\n");
}

static int clients_that_failed(int port) {
  const int failed = !ask(port, with_field) + !ask(port, for_file) + !ask(port, for_parts) +
                     !ask_in_pieces(port) + !ask_for_much(port) + !ask_twice(port);
  ask_for_failures(port);
  return failed;
}

static void fail_each_allocation(const char* threads, const struct setting* setting) {
  struct fixture f;
  preface = setting->preface;
  fixture_wait_for_threads();
  const int descriptors = fixture_descriptors();
  fixture_make(&f, setting->options);
  assert_ok(ws_server_set(f.server, "threads", threads));
  assert_ok(ws_server_set(f.server, "inbuf_overflow", "5000"));
  assert_ok(ws_server_set(f.server, "outbuf_overflow", "5000"));
  fixture_start(&f, serve, NULL);
  assert_int_equal(clients_that_failed(f.port), 0);
  int other = connect_client(f.port);
  long n = 0;
  int has_failed = 0;
  do {
    malloc_fail_elsewhere(n++);
    int failed = clients_that_failed(f.port);
    has_failed = malloc_fail_no_more();
    client_send_text(other, with_field);
    if (!is_good(other, 5)) { /* the end of its last answer may have been hit */
      ++failed;
      client_close(other);
      other = connect_client(f.port);
    }
    assert_true(failed <= has_failed);
  } while (has_failed);
  assert_true(n > 20);
  client_close(other);
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_wait_for_stat(&f, "buffered", 0);
  fixture_end(&f);
  /* Not before: a server keeps some files of bodies for others. */
  fixture_wait_for_descriptors(descriptors);
}

static const struct setting x_forwarded = {
    "", (const char* const[]){"trusted_proxy", "127.0.0.1", "trusted_proxy_headers",
                              "x-forwarded-for", NULL}};
static const struct setting observed = {
    "", (const char* const[]){"access_log", "/dev/null", "metrics_listen", "127.0.0.1:0", NULL}};
static const struct setting forwarded = {
    "", (const char* const[]){"trusted_proxy", "127.0.0.1 192.0.2.0/24", "trusted_proxy_count",
                              "auto", "trusted_proxy_headers", "forwarded", NULL}};
static const struct setting proxied = {
    "PROXY TCP4 192.0.2.7 192.0.2.8 4711 80\r\n",
    (const char* const[]){"listen", "127.0.0.1:0?proxy=on", "trusted_proxy", "127.0.0.1",
                          "connection_limit_per_address", "100", "url_prefix", "/A", NULL}};

static void test_no_memory_request__without_threads(void** state) {
  (void)state;
  fail_each_allocation("0", &x_forwarded);
}

static void test_no_memory_request__with_threads(void** state) {
  (void)state;
  fail_each_allocation("2", &x_forwarded);
}

static void test_no_memory_request__observed(void** state) {
  (void)state;
  fail_each_allocation("2", &observed);
}

static void test_no_memory_request__through_trusted_proxies(void** state) {
  (void)state;
  fail_each_allocation("2", &forwarded);
}

static void test_no_memory_request__announced_by_a_proxy(void** state) {
  (void)state;
  fail_each_allocation("0", &proxied);
}

static int make_file(void** state) {
  (void)state;
  file = memfd_create("file", MFD_CLOEXEC);
  return write(file, "hello", 5) == 5 ? 0 : -1;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_memory_request__without_threads),
      cmocka_unit_test(test_no_memory_request__with_threads),
      cmocka_unit_test(test_no_memory_request__observed),
      cmocka_unit_test(test_no_memory_request__through_trusted_proxies),
      cmocka_unit_test(test_no_memory_request__announced_by_a_proxy),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/no_memory_request", tests, make_file, NULL);
}
