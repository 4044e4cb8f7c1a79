/* A site's own pages in the place of the server's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static char folder[64];
static char paths[8][128];
static size_t path_count;

static void make_folder(void) {
  strcpy(folder, "/tmp/wserve-pages-XXXXXX");
  assert_non_null(mkdtemp(folder));
  path_count = 0;
}

static void add_page(const char* name, const char* text, size_t size) {
  char* path = paths[path_count++];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  FILE* file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, size, file), size);
  fclose(file);
}

static void add_text(const char* name, const char* text) {
  add_page(name, text, strlen(text));
}

static void remove_folder(void) {
  for (size_t i = 0; i < path_count; ++i) {
    unlink(paths[i]);
  }
  assert_int_equal(rmdir(folder), 0);
}

static ws_status fails(ws_request* request, void* app_data) {
  (void)request;
  (void)app_data;
  return WS_EINVAL;
}

static void assert_page(int port, const char* request, int status, const char* type,
                        const char* body) {
  struct response response = client_ask(port, request);
  assert_int_equal(response.status, status);
  assert_string_equal(response_field(&response, "Content-Type"), type);
  assert_string_equal(response.body, body);
  assert_true(response.is_complete);
  assert_string_equal(response_field(&response, "Connection"), "close");
  response_free(&response);
}

static const char bad[] = "GET / HTTP/1.1\r\n\r\n";
static const char large[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789";
static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static const char lie[] = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: what?\r\n\r\n";

static void test_error_pages__by_status_and_by_class(void** state) {
  (void)state;
  make_folder();
  add_text("4xx.html", "<p>yours</p>");
  add_text("413.json", "{}");
  add_text("500.txt", "ours");
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "max_request_body_size", "8", "error_pages",
                                   folder, "trusted_proxy", "127.0.0.1", "trusted_proxy_headers",
                                   "x-forwarded-for", NULL});
  fixture_start(&f, fails, NULL);
  remove_folder(); /* they have been read */
  assert_page(f.port, bad, 400, "text/html; charset=utf-8", "<p>yours</p>");
  assert_page(f.port, large, 413, "application/json", "{}");
  assert_page(f.port, get, 500, "text/plain; charset=utf-8", "ours");
  assert_page(f.port, lie, 400, "text/html; charset=utf-8", "<p>yours</p>");

  const int fd = client_connect(f.port);
  client_send_text(fd, "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
  struct response response = client_read(fd, 1);
  assert_int_equal(response.status, 413);
  assert_string_equal(response_field(&response, "Content-Length"), "2");
  assert_int_equal(response.body_size, 0);
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static ws_status answers_page(ws_request* request, void* app_data) {
  (void)app_data;
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/refused") == 0) {
    return ws_request_refuse(request, WS_EINVAL);
  }
  if (strcmp(path, "/fine") == 0) {
    assert_status(ws_request_reply_page(request, 200, "fine"), WS_EINVAL);
    assert_holds(ws_last_error(), "must be 400..599, got 200");
    assert_status(ws_request_reply_page(request, 600, "fine"), WS_EINVAL);
    assert_status(ws_request_reply_page(NULL, 404, "fine"), WS_EINVAL);
    return ws_request_reply_page(request, 503, NULL);
  }
  return ws_request_reply_page(request, 404, "not here\n");
}

static void assert_answer_is(int port, const char* path, int status, const char* type,
                             const char* body) {
  char request[128];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
  struct response response = client_ask(port, request);
  assert_int_equal(response.status, status);
  assert_string_equal(response_field(&response, "Content-Type"), type);
  assert_string_equal(response.body, body);
  response_free(&response);
}

static void test_error_pages__of_an_application(void** state) {
  (void)state;
  make_folder();
  add_text("404.html", "<p>gone</p>");
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "error_pages", folder, NULL});
  fixture_start(&f, answers_page, NULL);
  assert_answer_is(f.port, "/", 404, "text/html; charset=utf-8", "<p>gone</p>");
  assert_answer_is(f.port, "/refused", 400, "text/plain; charset=utf-8", "Bad Request\n");
  assert_answer_is(f.port, "/fine", 503, "text/plain; charset=utf-8", "");
  fixture_end(&f);
  remove_folder();
}

static void test_error_pages__of_files(void** state) {
  (void)state;
  make_folder();
  add_text("404.html", "<p>gone</p>");
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "error_pages", folder));
  char settings[128];
  snprintf(settings, sizeof settings, "root=%s", folder);
  assert_ok(ws_server_load(server, "files", settings));
  assert_ok(ws_server_start(server));
  assert_answer_is(ws_server_port(server, 0), "/nothing", 404, "text/html; charset=utf-8",
                   "<p>gone</p>");
  ws_server_stop(server);
  assert_ok(ws_server_join(server));
  ws_server_free(server);
  remove_folder();
}

static void test_error_pages__when_all_are_busy(void** state) {
  (void)state;
  make_folder();
  add_text("503.html", "<p>later</p>");
  struct fixture f;
  struct gate gate;
  gate_make(&gate);
  fixture_make(&f,
               (const char*[]){"threads", "1", "queue_limit", "1", "error_pages", folder, NULL});
  fixture_start(&f, gate_pass, &gate);
  int busy[2];
  for (int i = 0; i < 2; ++i) {
    busy[i] = client_connect(f.port);
    client_send_text(busy[i], get);
    if (i == 0) {
      gate_wait_for(&gate, 1);
    } else {
      fixture_wait_for_stat(&f, "waiting", 1);
    }
  }
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 503);
  assert_string_equal(response.body, "<p>later</p>");
  assert_string_equal(response_field(&response, "Retry-After"), "10");
  response_free(&response);
  gate_open(&gate);
  client_close(busy[0]);
  client_close(busy[1]);
  fixture_end(&f);
  remove_folder();
}

static void test_error_pages__a_developer_sees_why(void** state) {
  (void)state;
  make_folder();
  add_text("5xx.html", "<p>ours</p>");
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "error_pages", folder, "expose_tracebacks",
                                   "true", NULL});
  fixture_start(&f, fails, NULL);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 500);
  assert_holds(response.body, "Internal Server Error");
  response_free(&response);
  fixture_end(&f);
  remove_folder();
}

static void assert_refused(ws_status status, const char* why) {
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", "127.0.0.1:0"));
  assert_ok(ws_server_set(server, "error_pages", folder));
  assert_status(ws_server_check(server), status);
  assert_holds(ws_last_error(), why);
  assert_status(ws_server_listen(server), status);
  assert_holds(ws_last_error(), why);
  ws_server_free(server);
}

static void test_error_pages__mistakes(void** state) {
  (void)state;
  make_folder();
  add_text("404.php", "");
  assert_refused(WS_EINVAL, "404.php must end in .html, .json, .txt or .xml");
  remove_folder();
  assert_refused(WS_ESYSTEM, "error_pages ");

  make_folder();
  add_text("404.html", "");
  add_text("404.json", "");
  assert_refused(WS_ECONFLICT, "there is another page beside ");
  remove_folder();

  make_folder();
  char* text = calloc(1, 16385);
  add_page("404.html", text, 16385);
  assert_refused(WS_EINVAL, "longer than 16384 bytes");
  free(text);
  remove_folder();

  make_folder();
  snprintf(paths[path_count], sizeof paths[0], "%s/500.html", folder);
  assert_int_equal(mkfifo(paths[path_count++], 0600), 0);
  assert_refused(WS_EINVAL, "is no file");
  remove_folder();
}

static void test_error_pages__other_files_are_named(void** state) {
  (void)state;
  make_folder();
  add_text("200.html", "");
  add_text("404.html", "");
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "error_pages", folder, NULL});
  fixture_start(&f, fails, NULL);
  fixture_wait_for_log(&f, "200.html is not named by a status, such as 404.html or 5xx.html");
  fixture_end(&f);
  remove_folder();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_error_pages__by_status_and_by_class),
      cmocka_unit_test(test_error_pages__of_an_application),
      cmocka_unit_test(test_error_pages__of_files),
      cmocka_unit_test(test_error_pages__when_all_are_busy),
      cmocka_unit_test(test_error_pages__a_developer_sees_why),
      cmocka_unit_test(test_error_pages__mistakes),
      cmocka_unit_test(test_error_pages__other_files_are_named),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
