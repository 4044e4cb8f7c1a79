/* ws_request_*: what came in, and every way to answer. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

/* Serves one request with the application, and reads the answer. */
static struct response serve(ws_app_fn app, const char* request) {
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, app, NULL);
  struct response response = client_ask(f.port, request);
  fixture_end(&f);
  return response;
}

static ws_status tell_environ(ws_request* request, void* app_data) {
  (void)app_data;
  char text[512];
  snprintf(text, sizeof text, "%s %s %s %s", ws_request_get(request, "REQUEST_METHOD"),
           ws_request_get(request, "PATH_INFO"), ws_request_get(request, "QUERY_STRING"),
           ws_request_get(request, "HTTP_X_A"));
  assert_null(ws_request_get(request, "HTTP_ABSENT"));
  assert_null(ws_request_get(request, NULL));
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

static void test_request__get(void** state) {
  (void)state;
  struct response response =
      serve(tell_environ, "PUT /a%20b?c=d HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-A: 2\r\n\r\n");
  assert_string_equal(response.body, "PUT /a b c=d 1, 2");
  response_free(&response);
}

static ws_status change_environ(ws_request* request, void* app_data) {
  (void)app_data;
  const char* before = ws_request_get(request, "PATH_INFO");
  assert_ok(ws_request_set(request, "PATH_INFO", "/other"));
  assert_ok(ws_request_set(request, "my.key", "mine"));
  assert_ok(ws_request_set(request, "HTTP_HOST", NULL));
  assert_ok(ws_request_set(request, "not.there", NULL));
  assert_string_equal(before, "/path");
  assert_string_equal(ws_request_get(request, "PATH_INFO"), "/other");
  assert_string_equal(ws_request_get(request, "my.key"), "mine");
  assert_null(ws_request_get(request, "HTTP_HOST"));
  assert_status(ws_request_set(request, NULL, "x"), WS_EINVAL);
  return ws_request_reply(request, 204, NULL, NULL, 0);
}

static void test_request__set(void** state) {
  (void)state;
  struct response response = serve(change_environ, get);
  assert_int_equal(response.status, 204);
  response_free(&response);
}

/* With url_prefix /p: the raw path before and after a filter's changes. */
static ws_status rewrite_path(ws_request* request, ws_next* next, void* filter_data) {
  (void)filter_data;
  assert_string_equal(ws_request_get(request, "ws.raw_path_info"), "/%2561%20/x");
  assert_ok(ws_request_set(request, "PATH_INFO", "/x"));
  assert_string_equal(ws_request_get(request, "ws.raw_path_info"), "/x");
  assert_ok(ws_request_set(request, "PATH_INFO", "/new name%"));
  return ws_next_call(next, request);
}

static ws_status tell_raw_path(ws_request* request, void* app_data) {
  (void)app_data;
  const char* key;
  const char* value;
  for (size_t i = 0; ws_request_environ_at(request, i, &key, &value) == WS_OK; ++i) {
    assert_string_not_equal(key, "ws.raw_path_info");
  }
  const char* raw = ws_request_get(request, "ws.raw_path_info");
  const ws_status status = ws_request_reply(request, 200, "text/plain", raw, strlen(raw));
  assert_ok(ws_request_set(request, "PATH_INFO", NULL));
  assert_null(ws_request_get(request, "ws.raw_path_info"));
  assert_ok(ws_request_set(request, "ws.raw_path_info", "/mine"));
  assert_string_equal(ws_request_get(request, "ws.raw_path_info"), "/mine");
  return status;
}

static void test_request__raw_path_info_follows_path_info(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"url_prefix", "/p", NULL});
  assert_ok(ws_server_use(f.server, rewrite_path, NULL));
  fixture_start(&f, tell_raw_path, NULL);
  struct response response =
      client_ask(f.port, "GET /p/%2561%20/x?%20 HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(response.body, "/new%20name%25");
  response_free(&response);
  fixture_end(&f);
}

static ws_status tell_listener(ws_request* request, void* app_data) {
  (void)app_data;
  const char* listener = ws_request_get(request, "ws.listener");
  const char* key;
  const char* value;
  for (size_t i = 0; ws_request_environ_at(request, i, &key, &value) == WS_OK; ++i) {
    assert_string_not_equal(key, "ws.listener");
  }
  const ws_status status = ws_request_reply(request, 200, "text/plain", listener, strlen(listener));
  assert_ok(ws_request_set(request, "ws.listener", "mine"));
  assert_string_equal(ws_request_get(request, "ws.listener"), "mine");
  return status;
}

static void test_request__listener_that_it_came_in_on(void** state) {
  (void)state;
  struct fixture f;
  char folder[] = "/tmp/wserve-listener-XXXXXX";
  char addresses[128];
  assert_non_null(mkdtemp(folder));
  snprintf(addresses, sizeof addresses, "127.0.0.1:0 127.0.0.1:0 unix:%s/socket", folder);
  fixture_make(&f, (const char*[]){"listen", addresses, NULL});
  fixture_start(&f, tell_listener, NULL);
  for (size_t i = 0; i < 3; ++i) {
    const char* address = ws_server_address(f.server, i);
    const int fd = client_connect_address(address);
    client_send_text(fd, get);
    struct response response = client_read(fd, 0);
    assert_string_equal(response.body, address);
    response_free(&response);
    client_close(fd);
  }
  fixture_end(&f);
  assert_int_equal(rmdir(folder), 0);
}

static ws_status walk_environ(ws_request* request, void* app_data) {
  (void)app_data;
  const char* key;
  const char* value;
  size_t count = 0;
  size_t size = 0;
  while (ws_request_environ_at(request, count, &key, &value) == WS_OK) {
    assert_string_equal(ws_request_get(request, key), value);
    size += strlen(key) + strlen(value) + 2;
    ++count;
  }
  assert_true(count > 10);
  assert_status(ws_request_environ_at(request, 0, NULL, &value), WS_EINVAL);

  char packed[4096] = "untouched";
  assert_int_equal(ws_request_pack(request, NULL, 0), size);
  assert_int_equal(ws_request_pack(request, packed, size - 1), size);
  assert_string_equal(packed, "untouched");
  assert_int_equal(ws_request_pack(request, packed, sizeof packed), size);
  const char* next = packed;
  for (size_t i = 0; i < count; ++i) {
    assert_ok(ws_request_environ_at(request, i, &key, &value));
    assert_string_equal(next, key);
    next += strlen(next) + 1;
    assert_string_equal(next, value);
    next += strlen(next) + 1;
  }
  return ws_request_reply(request, 200, NULL, NULL, 0);
}

static void test_request__environ_at_and_pack(void** state) {
  (void)state;
  struct response response = serve(walk_environ, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
}

static ws_status read_body(ws_request* request, void* app_data) {
  (void)app_data;
  char piece[8];
  assert_int_equal(ws_request_body_size(request), 11);
  assert_int_equal(ws_request_read(request, piece, 8), 8);
  assert_memory_equal(piece, "hello\0wo", 8);
  assert_int_equal(ws_request_read(request, piece, 8), 3);
  assert_int_equal(ws_request_read(request, piece, 8), 0);
  assert_int_equal(ws_request_read(request, NULL, 8), WS_EINVAL);
  assert_ok(ws_request_rewind(request));
  assert_int_equal(ws_request_read(request, piece, 5), 5);
  assert_memory_equal(piece, "hello", 5);
  return ws_request_reply(request, 200, NULL, NULL, 0);
}

static void test_request__read_and_rewind(void** state) {
  (void)state;
  for (int i = 0; i < 2; ++i) { /* in memory, and in a file */
    struct fixture f;
    fixture_make(&f, (const char*[]){"inbuf_overflow", i == 0 ? "100" : "3", NULL});
    fixture_start(&f, read_body, NULL);
    const int fd = client_connect(f.port);
    static const char request[] =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello\0world";
    client_send(fd, request, sizeof request - 1);
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    client_close(fd);
    fixture_end(&f);
  }
}

static ws_status reply_with_fields(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_add_header(request, "X-One", "1"));
  static const char more[] = "X-Two\0 2\0Set-Cookie\0a=b\0Set-Cookie\0c=d";
  assert_ok(ws_request_add_headers(request, more, sizeof more));
  assert_ok(ws_request_add_headers(request, NULL, 0));
  assert_status(ws_request_add_headers(request, "X\0y", 3), WS_EINVAL);
  assert_status(ws_request_add_header(request, "X", "a\r\nb"), WS_EINVAL);
  assert_holds(ws_last_error(), "the value of X holds CR, LF, NUL");
  assert_status(ws_request_add_header(request, "Connection", "keep-alive"), WS_EINVAL);
  assert_holds(ws_last_error(), "hop-by-hop");
  assert_status(ws_request_add_header(request, NULL, "x"), WS_EINVAL);
  assert_status(ws_request_reply(request, 99, NULL, NULL, 0), WS_EINVAL);
  assert_string_equal(ws_last_error(), "status must be 200..599, got 99");
  assert_status(ws_request_reply(request, 200, NULL, NULL, 5), WS_EINVAL);
  assert_ok(ws_request_reply(request, 201, "text/x", "body\0x", 6));
  assert_status(ws_request_reply(request, 200, NULL, NULL, 0), WS_ESTATE);
  assert_status(ws_request_end(request), WS_ESTATE);
  return WS_OK;
}

static void test_request__reply(void** state) {
  (void)state;
  struct response response = serve(reply_with_fields, get);
  assert_int_equal(response.status, 201);
  assert_string_equal(response_field(&response, "X-One"), "1");
  assert_string_equal(response_field(&response, "X-Two"), "2");
  assert_string_equal(response_field(&response, "Content-Type"), "text/x");
  assert_holds(response.head, "Set-Cookie: a=b\r\nSet-Cookie: c=d");
  assert_int_equal(response.body_size, 6);
  assert_memory_equal(response.body, "body\0x", 6);
  response_free(&response);
}

/* A filter's type and one that the application's replaces. */
static ws_status set_defaults(ws_request* request, ws_next* next, void* filter_data) {
  (void)filter_data;
  assert_ok(ws_request_add_header(request, "Content-Type", "text/html"));
  assert_ok(ws_request_add_header(request, "ETag", "\"filter\""));
  return ws_next_call(next, request);
}

static ws_status reply_or_start(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_add_header(request, "etag", "\"app\""));
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/reply") == 0) {
    return ws_request_reply(request, 200, "text/plain", "x", 1);
  }
  assert_ok(ws_request_start(request, 200, NULL));
  return ws_request_add_header(request, "content-type", "text/plain");
}

static void test_request__one_of_what_is_no_list(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_use(f.server, set_defaults, NULL));
  fixture_start(&f, reply_or_start, NULL);
  char* raw = client_ask_raw(f.port, "GET /reply HTTP/1.0\r\n\r\n");
  assert_holds(raw, "OK\r\netag: \"app\"\r\nContent-Type: text/plain\r\nContent-Length");
  free(raw);
  raw = client_ask_raw(f.port, "GET /start HTTP/1.0\r\n\r\n");
  assert_holds(raw, "OK\r\netag: \"app\"\r\ncontent-type: text/plain\r\nContent-Length");
  free(raw);
  fixture_end(&f);
}

static ws_status close_after(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_add_header(request, "Connection", "close"));
  return ws_request_reply(request, 200, NULL, "bye", 3);
}

/* The raw answer ends when the connection does. */
static void test_request__close_after_the_answer(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, close_after, NULL);
  char* raw = client_ask_raw(f.port, get);
  assert_holds(raw, "Connection: close\r\n");
  assert_holds(raw, "\r\n\r\nbye");
  free(raw);
  fixture_end(&f);
}

static ws_status demand_upgrade(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_add_header(request, "Upgrade", "TLS/1.3, HTTP/1.1"));
  assert_status(ws_request_start(request, 200, NULL), WS_EINVAL);
  assert_string_equal(
      ws_last_error(),
      "Upgrade is a hop-by-hop field; an application must not send it but with 426");
  return ws_request_reply(request, 426, "text/plain", "secure, please\n", 15);
}

static ws_status offer_upgrade(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_add_header(request, "Upgrade", "x"));
  return ws_request_reply(request, 200, NULL, NULL, 0);
}

/* RFC 9110 §15.5.22: a 426 names the protocol; §7.8: and Connection names the field. */
static void test_request__upgrade_required(void** state) {
  (void)state;
  struct response response = serve(demand_upgrade, get);
  assert_int_equal(response.status, 426);
  assert_string_equal(response_field(&response, "Upgrade"), "TLS/1.3, HTTP/1.1");
  assert_string_equal(response_field(&response, "Connection"), "upgrade");
  assert_string_equal(response.body, "secure, please\n");
  response_free(&response);
  response = serve(offer_upgrade, get);
  assert_int_equal(response.status, 500);
  assert_null(response_field(&response, "Upgrade"));
  response_free(&response);
}

static ws_status stream(ws_request* request, void* app_data) {
  (void)app_data;
  assert_status(ws_request_write(request, "x", 1), WS_ESTATE);
  assert_status(ws_request_flush(request), WS_ESTATE);
  assert_ok(ws_request_add_header(request, "Trailer", "X-Sum"));
  assert_status(ws_request_add_header(request, "Trailer", "Content-Type"), WS_EINVAL);
  assert_ok(ws_request_start(request, 200, "Fine"));
  assert_status(ws_request_start(request, 200, NULL), WS_ESTATE);
  assert_ok(ws_request_flush(request));
  assert_status(ws_request_add_header(request, "X-Late", "1"), WS_ESTATE);
  assert_ok(ws_request_write(request, "hel", 3));
  assert_ok(ws_request_write(request, NULL, 0));
  assert_status(ws_request_write(request, NULL, 1), WS_EINVAL);
  assert_ok(ws_request_write(request, "lo", 2));
  assert_ok(ws_request_add_trailer(request, "X-Sum", "5"));
  return ws_request_end(request);
}

static void test_request__stream(void** state) {
  (void)state;
  struct response response = serve(stream, get);
  assert_holds(response.head, "HTTP/1.1 200 Fine\r\n");
  assert_string_equal(response.body, "hello");
  assert_string_equal(response_field(&response, "X-Sum"), "5");
  assert_string_equal(response_field(&response, "Trailer"), "X-Sum");
  response_free(&response);
  char* raw = NULL;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, stream, NULL);
  raw = client_ask_raw(f.port, "GET / HTTP/1.0\r\n\r\n");
  assert_holds(raw, "Connection: close\r\n");
  assert_holds(raw, "\r\n\r\nhello");
  assert_null(strstr(raw, "chunked"));
  free(raw);
  fixture_end(&f);
}

static ws_status send_two_files(ws_request* request, void* app_data) {
  (void)app_data;
  char path[] = "/tmp/wserve-test-XXXXXX";
  const int fd = mkstemp(path);
  unlink(path);
  assert_int_equal(write(fd, "0123456789", 10), 10);
  assert_ok(ws_request_start(request, 200, NULL));
  const char* length = ws_request_get(request, "QUERY_STRING");
  if (*length != '\0') {
    assert_ok(ws_request_add_header(request, "Content-Length", length));
  }
  assert_status(ws_request_send_file(request, -1, 0, 1), WS_EINVAL);
  assert_status(ws_request_send_file(request, fd, -1, 1), WS_EINVAL);
  assert_ok(ws_request_send_file(request, fd, 2, 3));
  assert_ok(ws_request_write(request, "-", 1));
  assert_ok(ws_request_send_file(request, fd, 5, 5));
  close(fd); /* the library has one of its own */
  return ws_request_end(request);
}

static void test_request__send_file(void** state) {
  (void)state;
  struct response chunked = serve(send_two_files, get);
  assert_string_equal(chunked.body, "234-56789");
  response_free(&chunked);
  struct response with_length = serve(send_two_files, "GET /?9 HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(with_length.body, "234-56789");
  assert_string_equal(response_field(&with_length, "Content-Length"), "9");
  response_free(&with_length);
  struct response cut = serve(send_two_files, "GET /?6 HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(cut.body, "234-56");
  response_free(&cut);
}

static ws_status hint_early(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_add_header(request, "Link", "</a>; rel=preload"));
  assert_ok(ws_request_interim(request, 103));
  assert_status(ws_request_interim(request, 200), WS_EINVAL);
  return ws_request_reply(request, 200, NULL, "x", 1);
}

static void test_request__interim(void** state) {
  (void)state;
  struct response response = serve(hint_early, get);
  assert_holds(response.head,
               "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 200");
  assert_string_equal(response.body, "x");
  response_free(&response);
}

static ws_status fail_with_text(ws_request* request, void* app_data) {
  (void)app_data;
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/late") == 0) {
    assert_ok(ws_request_start(request, 200, NULL));
    assert_ok(ws_request_write(request, "part", 4));
  }
  assert_ok(ws_request_fail(request, "Traceback:\n  line 1"));
  assert_status(ws_request_fail(request, "again"), WS_ESTATE);
  return WS_OK;
}

static void test_request__fail(void** state) {
  (void)state;
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"expose_tracebacks", i == 0 ? "no" : "yes", NULL});
    fixture_start(&f, fail_with_text, NULL);
    struct response early = client_ask(f.port, get);
    assert_int_equal(early.status, 500);
    assert_int_equal(strstr(early.body, "Traceback:\n  line 1") != NULL, i);
    response_free(&early);
    struct response late = client_ask(f.port, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(late.status, 200);
    assert_false(late.is_complete);
    response_free(&late);
    fixture_end(&f);
  }
}

static ws_status give_up(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_fail(request, NULL));
  assert_status(ws_request_fail(request, NULL), WS_ESTATE);
  return WS_OK;
}

static void test_request__fail_without_a_word(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, give_up, NULL);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 500);
  response_free(&response);
  ws_server_stop(f.server);
  assert_ok(ws_server_join(f.server));
  assert_int_equal(f.line_count, 0);
  fixture_end(&f);
}

static ws_status return_status(ws_request* request, void* app_data) {
  (void)app_data;
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/invalid") == 0) {
    return ws_request_reply(request, 1, NULL, NULL, 0);
  }
  if (strcmp(path, "/started") == 0) {
    return ws_request_start(request, 202, NULL);
  }
  return strcmp(path, "/fails") == 0 ? WS_EAPP : WS_OK;
}

static void test_request__what_the_callback_returns(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"expose_tracebacks", "yes", NULL});
  fixture_start(&f, return_status, NULL);
  struct response response = client_ask(f.port, "GET /invalid HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(response.status, 500);
  assert_holds(response.body, "status must be 200..599, got 1");
  response_free(&response);
  response = client_ask(f.port, "GET /fails HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(response.status, 500);
  assert_holds(response.body, "WS_EAPP");
  response_free(&response);
  response = client_ask(f.port, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(response.status, 500);
  response_free(&response);
  response = client_ask(f.port, "GET /started HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(response.status, 202);
  assert_string_equal(response_field(&response, "Content-Length"), "0");
  response_free(&response);
  fixture_end(&f);
}

static void test_request__head_has_no_body(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, reply_with_fields, NULL);
  char* raw = client_ask_raw(f.port, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_holds(raw, "Content-Length: 6\r\n");
  assert_string_equal(raw + strlen(raw) - 4, "\r\n\r\n");
  free(raw);
  raw = client_ask_raw(f.port, "HEAD foo HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_holds(raw, "HTTP/1.1 400 Bad Request\r\n");
  assert_string_equal(raw + strlen(raw) - 4, "\r\n\r\n");
  free(raw);
  fixture_end(&f);
}

static ws_status finish_with_the_last_part(ws_request* request, void* app_data) {
  (void)app_data;
  assert_status(ws_request_finish(request, "x", 1), WS_ESTATE);
  assert_ok(ws_request_start(request, 200, NULL));
  assert_status(ws_request_finish(request, NULL, 1), WS_EINVAL);
  assert_ok(ws_request_write(request, "first ", 6));
  assert_ok(ws_request_finish(request, "last", 4));
  assert_status(ws_request_finish(request, NULL, 0), WS_ESTATE);
  return WS_OK;
}

static void test_request__finish(void** state) {
  (void)state;
  struct response response = serve(finish_with_the_last_part, get);
  assert_non_null(strstr(response.head, "Transfer-Encoding: chunked\r\n"));
  assert_string_equal(response.body, "first last");
  response_free(&response);
}

static void test_request__null_handles_are_harmless(void** state) {
  (void)state;
  char buffer[8];
  const char* text;
  size_t size;
  int fd;
  ws_request_release(NULL);
  assert_null(ws_request_get(NULL, "a"));
  assert_status(ws_request_set(NULL, "a", "b"), WS_EINVAL);
  assert_status(ws_request_environ_at(NULL, 0, &text, &text), WS_EINVAL);
  assert_int_equal(ws_request_pack(NULL, buffer, 8), 0);
  assert_int_equal(ws_request_read(NULL, buffer, 8), WS_EINVAL);
  assert_status(ws_request_rewind(NULL), WS_EINVAL);
  assert_int_equal(ws_request_body_size(NULL), 0);
  assert_int_equal(ws_request_gone(NULL), WS_GONE_DISCONNECTED);
  assert_status(ws_request_reply(NULL, 200, NULL, NULL, 0), WS_EINVAL);
  assert_status(ws_request_start(NULL, 200, NULL), WS_EINVAL);
  assert_status(ws_request_add_header(NULL, "a", "b"), WS_EINVAL);
  assert_status(ws_request_add_headers(NULL, "a", 1), WS_EINVAL);
  assert_status(ws_request_add_trailer(NULL, "a", "b"), WS_EINVAL);
  assert_status(ws_request_write(NULL, "a", 1), WS_EINVAL);
  assert_status(ws_request_flush(NULL), WS_EINVAL);
  assert_status(ws_request_send_file(NULL, 0, 0, 1), WS_EINVAL);
  assert_status(ws_request_interim(NULL, 103), WS_EINVAL);
  assert_status(ws_request_end(NULL), WS_EINVAL);
  assert_status(ws_request_finish(NULL, NULL, 0), WS_EINVAL);
  assert_status(ws_request_fail(NULL, "x"), WS_EINVAL);
  assert_status(ws_request_defer(NULL), WS_EINVAL);
  assert_status(ws_request_detach(NULL, &fd, &text, &size), WS_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_request__get),
      cmocka_unit_test(test_request__set),
      cmocka_unit_test(test_request__raw_path_info_follows_path_info),
      cmocka_unit_test(test_request__listener_that_it_came_in_on),
      cmocka_unit_test(test_request__environ_at_and_pack),
      cmocka_unit_test(test_request__read_and_rewind),
      cmocka_unit_test(test_request__reply),
      cmocka_unit_test(test_request__one_of_what_is_no_list),
      cmocka_unit_test(test_request__close_after_the_answer),
      cmocka_unit_test(test_request__upgrade_required),
      cmocka_unit_test(test_request__stream),
      cmocka_unit_test(test_request__send_file),
      cmocka_unit_test(test_request__interim),
      cmocka_unit_test(test_request__fail),
      cmocka_unit_test(test_request__fail_without_a_word),
      cmocka_unit_test(test_request__what_the_callback_returns),
      cmocka_unit_test(test_request__head_has_no_body),
      cmocka_unit_test(test_request__finish),
      cmocka_unit_test(test_request__null_handles_are_harmless),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/request", tests, NULL, NULL);
}
