/* The bundled app "files": what it serves, how, and what it never serves. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static char* folder;
static struct process server;
static int port;

static int set_up(void** state) {
  (void)state;
  folder = make_folder();
  assert_int_equal(chdir(folder), 0);
  assert_int_equal(mkdir("root", 0755) + mkdir("root/sub", 0755) + mkdir("root/sub/a b", 0755), 0);
  write_file("secret", "secret");
  write_file("root/hello.txt", "0123456789");
  write_file("root/empty.bin", "");
  write_file("root/sub/index.html", "<p>index");
  write_file("root/closed", "closed");
  assert_int_equal(chmod("root/closed", 0), 0);
  assert_int_equal(symlink("../secret", "root/link"), 0);
  assert_int_equal(symlink("..", "root/up"), 0);
  assert_int_equal(mkfifo("root/fifo", 0644), 0);
  char* root = format("root=%s/root", folder);
  server = process_start((const char*[]){WSERVE, "--listen=127.0.0.1:0", "files", root, NULL});
  port = process_read_port(&server);
  free(root);
  return 0;
}

static int tear_down(void** state) {
  (void)state;
  const int status = process_end(&server);
  assert_int_equal(chdir("/"), 0);
  remove_folder(folder);
  free(folder);
  return status;
}

/* GETs a path, with further fields. */
static struct response ask(const char* method, const char* path, const char* fields) {
  char* request = format("%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, path, fields);
  struct response response = client_ask(port, request);
  free(request);
  return response;
}

static void assert_answer(const char* path, const char* fields, int status, const char* body) {
  struct response response = ask("GET", path, fields);
  if (response.status != status || strcmp(response.body, body) != 0) {
    print_error("%s %s: %d \"%s\"\n", path, fields, response.status, response.body);
  }
  assert_int_equal(response.status, status);
  assert_string_equal(response.body, body);
  response_free(&response);
}

static void test_files__serves_files(void** state) {
  (void)state;
  struct response response = ask("GET", "/hello.txt", "");
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, "0123456789");
  assert_string_equal(response_field(&response, "Content-Type"), "text/plain; charset=utf-8");
  assert_string_equal(response_field(&response, "Accept-Ranges"), "bytes");
  assert_non_null(response_field(&response, "Last-Modified"));
  assert_non_null(response_field(&response, "ETag"));
  response_free(&response);
  assert_answer("/empty.bin", "", 200, "");
  assert_answer("/sub/", "", 200, "<p>index");
  assert_answer("/sub//index.html", "", 200, "<p>index");
  struct response head = ask("HEAD", "/hello.txt", "");
  assert_string_equal(response_field(&head, "Content-Length"), "10");
  assert_int_equal(head.body_size, 0);
  response_free(&head);
}

static void test_files__never_leaves_its_folder(void** state) {
  (void)state;
  static const char* const paths[] = {
      "/../secret",     "/sub/../../secret",
      "/%2e%2e/secret", "/..%2fsecret",
      "/sub/..",        "/link",
      "/up/secret",     "/up",
      "/nothing",       "/hello.txt/",
      "/hello.txt/x",   "//secret",
      "/./../secret",   "/sub/%2e%2e/hello.txt",
  };
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; ++i) {
    assert_answer(paths[i], "", 404, "Not Found\n");
  }
  assert_answer("/fifo", "", 403, "Forbidden\n");
  if (geteuid() != 0) {
    assert_answer("/closed", "", 403, "Forbidden\n");
  }
  char* long_path = format("/%0300d", 0);
  assert_answer(long_path, "", 404, "Not Found\n");
  free(long_path);
}

static void test_files__other_methods_are_not_allowed(void** state) {
  (void)state;
  struct response response = ask("DELETE", "/hello.txt", "");
  assert_int_equal(response.status, 405);
  assert_string_equal(response_field(&response, "Allow"), "GET, HEAD");
  response_free(&response);
}

static void test_files__folders_get_their_slash(void** state) {
  (void)state;
  struct response response = ask("GET", "/sub?q=1", "");
  assert_int_equal(response.status, 301);
  assert_string_equal(response_field(&response, "Location"), "./sub/?q=1");
  response_free(&response);
  response = ask("GET", "/sub/a%20b", "");
  assert_string_equal(response_field(&response, "Location"), "./a%20b/");
  response_free(&response);
  assert_answer("/sub/a%20b/", "", 404, "Not Found\n");
}

struct range_case {
  const char* range;
  int status;
  const char* body;
  const char* content_range;
};

static void test_files__ranges(void** state) {
  (void)state;
  static const struct range_case cases[] = {
      {"bytes=0-3", 206, "0123", "bytes 0-3/10"},
      {"bytes=4-", 206, "456789", "bytes 4-9/10"},
      {"bytes=-3", 206, "789", "bytes 7-9/10"},
      {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
      {"bytes=8-99", 206, "89", "bytes 8-9/10"},
      {"bytes=9-9", 206, "9", "bytes 9-9/10"},
      {"bytes=10-", 416, "Range Not Satisfiable\n", "bytes */10"},
      {"bytes=-0", 416, "Range Not Satisfiable\n", "bytes */10"},
      {"bytes=99999999999999999999-", 416, "Range Not Satisfiable\n", "bytes */10"},
      {"bytes=3-1", 200, "0123456789", NULL},
      {"bytes=0-1,3-4", 200, "0123456789", NULL},
      {"bytes=", 200, "0123456789", NULL},
      {"bytes=-", 200, "0123456789", NULL},
      {"bytes=a-b", 200, "0123456789", NULL},
      {"lines=0-1", 200, "0123456789", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char* field = format("Range: %s\r\n", cases[i].range);
    struct response response = ask("GET", "/hello.txt", field);
    if (response.status != cases[i].status) {
      print_error("%s: %d\n", cases[i].range, response.status);
    }
    assert_int_equal(response.status, cases[i].status);
    assert_string_equal(response.body, cases[i].body);
    const char* content_range = response_field(&response, "Content-Range");
    if (cases[i].content_range == NULL) {
      assert_null(content_range);
    } else {
      assert_string_equal(content_range, cases[i].content_range);
    }
    response_free(&response);
    free(field);
  }
  assert_answer("/empty.bin", "Range: bytes=0-\r\n", 416, "Range Not Satisfiable\n");
  struct response head = ask("HEAD", "/hello.txt", "Range: bytes=0-3\r\n");
  assert_int_equal(head.status, 200);
  assert_string_equal(response_field(&head, "Content-Length"), "10");
  response_free(&head);
}

static void test_files__conditions(void** state) {
  (void)state;
  struct response first = ask("GET", "/hello.txt", "");
  char* etag = strdup(response_field(&first, "ETag"));
  char* modified = strdup(response_field(&first, "Last-Modified"));
  response_free(&first);
  char* cases[][2] = {
      {format("If-None-Match: %s\r\n", etag), "304"},
      {format("If-None-Match: \"x\", W/%s\r\n", etag), "304"},
      {format("If-None-Match: *\r\n"), "304"},
      {format("If-None-Match: \"x\"\r\n"), "200"},
      {format("If-Modified-Since: %s\r\n", modified), "304"},
      {format("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "200"},
      {format("If-Modified-Since: nonsense\r\n"), "200"},
      /* RFC 9110 §13.1.3: the tag decides. */
      {format("If-None-Match: \"x\"\r\nIf-Modified-Since: %s\r\n", modified), "200"},
      {format("If-Match: %s\r\n", etag), "200"},
      {format("If-Match: \"x\", %s\r\n", etag), "200"},
      {format("If-Match: *\r\n"), "200"},
      {format("If-Match: W/%s\r\n", etag), "412"},
      {format("If-Match: \"x\"\r\nIf-None-Match: %s\r\n", etag), "412"},
      {format("If-Unmodified-Since: %s\r\n", modified), "200"},
      {format("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "412"},
      {format("If-Match: *\r\nIf-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "200"},
      {format("Range: bytes=0-1\r\nIf-Range: %s\r\n", etag), "206"},
      {format("Range: bytes=0-1\r\nIf-Range: %s\r\n", modified), "206"},
      {format("Range: bytes=0-1\r\nIf-Range: \"x\"\r\n"), "200"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct response response = ask("GET", "/hello.txt", cases[i][0]);
    if (response.status != atoi(cases[i][1])) {
      print_error("%s: %d\n", cases[i][0], response.status);
    }
    assert_int_equal(response.status, atoi(cases[i][1]));
    response_free(&response);
    free(cases[i][0]);
  }
  free(etag);
  free(modified);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_files__serves_files),
      cmocka_unit_test(test_files__never_leaves_its_folder),
      cmocka_unit_test(test_files__other_methods_are_not_allowed),
      cmocka_unit_test(test_files__folders_get_their_slash),
      cmocka_unit_test(test_files__ranges),
      cmocka_unit_test(test_files__conditions),
  };
  return cmocka_run_group_tests_name("command/files", tests, set_up, tear_down);
}
