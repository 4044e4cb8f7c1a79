/* The bundled app "files": what it serves, how, and what it never serves. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "files_server.h"
#include "support/cmocka.h"

static char* folder;
static struct process server;
static int port;

static void make_hidden_files(void) {
  assert_int_equal(mkdir("root/.git", 0755) + mkdir("root/.well-known", 0755), 0);
  assert_int_equal(mkdir("root/sub/.well-known", 0755), 0);
  write_file("root/.htpasswd", "hidden");
  write_file("root/.git/config", "hidden");
  write_file("root/sub/.env", "hidden");
  write_file("root/sub/.well-known/x", "hidden");
  write_file("root/.well-known/security.txt", "well known");
  write_file("root/.well-known/.x", "hidden");
}

static void make_socket(const char* path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strncpy(name.sun_path, path, sizeof name.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (const struct sockaddr*)&name, sizeof name), 0);
  close(fd);
}

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
  make_hidden_files();
  make_socket("root/socket");
  server = files_start("root", NULL, NULL, &port);
  return 0;
}

static void test_files__ends(void** state) {
  (void)state;
  assert_int_equal(process_end(&server), 0);
  assert_int_equal(chdir("/"), 0);
  remove_folder(folder);
  free(folder);
}

static void test_files__serves_files(void** state) {
  (void)state;
  struct response response = files_ask(port, "GET", "/hello.txt", "");
  assert_int_equal(response.status, 200);
  assert_string_equal(response.body, "0123456789");
  assert_string_equal(response_field(&response, "Content-Type"), "text/plain; charset=utf-8");
  assert_string_equal(response_field(&response, "Accept-Ranges"), "bytes");
  assert_non_null(response_field(&response, "Last-Modified"));
  assert_non_null(response_field(&response, "ETag"));
  response_free(&response);
  assert_answer(port, "/empty.bin", "", 200, "");
  assert_answer(port, "/sub/", "", 200, "<p>index");
  assert_answer(port, "/sub//index.html", "", 200, "<p>index");
  struct response head = files_ask(port, "HEAD", "/hello.txt", "");
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
    assert_answer(port, paths[i], "", 404, "Not Found\n");
  }
  assert_answer(port, "/fifo", "", 404, "Not Found\n");
  assert_answer(port, "/socket", "", 404, "Not Found\n");
  if (geteuid() != 0) {
    assert_answer(port, "/closed", "", 403, "Forbidden\n");
  }
  char* long_path = format("/%0300d", 0);
  assert_answer(port, long_path, "", 404, "Not Found\n");
  free(long_path);
}

static void test_files__other_methods_are_not_allowed(void** state) {
  (void)state;
  struct response response = files_ask(port, "DELETE", "/hello.txt", "");
  assert_int_equal(response.status, 405);
  assert_string_equal(response_field(&response, "Allow"), "GET, HEAD");
  response_free(&response);
}

static void test_files__folders_get_their_slash(void** state) {
  (void)state;
  struct response response = files_ask(port, "GET", "/sub?q=1", "");
  assert_int_equal(response.status, 301);
  assert_string_equal(response_field(&response, "Location"), "./sub/?q=1");
  response_free(&response);
  response = files_ask(port, "GET", "/sub/a%20b", "");
  assert_string_equal(response_field(&response, "Location"), "./a%20b/");
  response_free(&response);
  assert_answer(port, "/sub/a%20b/", "", 404, "Not Found\n");
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
      {"BYTES=0-3", 206, "0123", "bytes 0-3/10"},
      {"Bytes=0-3", 206, "0123", "bytes 0-3/10"},
      {"bytes=, 0-3 ,", 206, "0123", "bytes 0-3/10"},
      {"bytes=-99999999999999999999", 206, "0123456789", "bytes 0-9/10"},
      {"bytes=0-99999999999999999999", 206, "0123456789", "bytes 0-9/10"},
      {"bytes =0-3", 200, "0123456789", NULL},
      {"bytes=0 -3", 200, "0123456789", NULL},
      {"bytes=+0-3", 200, "0123456789", NULL},
      {"bytes=--3", 200, "0123456789", NULL},
      {"bytes=0-3-", 200, "0123456789", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char* field = format("Range: %s\r\n", cases[i].range);
    struct response response = files_ask(port, "GET", "/hello.txt", field);
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
  assert_answer(port, "/empty.bin", "Range: bytes=0-\r\n", 416, "Range Not Satisfiable\n");
  /* All of nothing can be sent, but not named in a Content-Range. */
  assert_answer(port, "/empty.bin", "Range: bytes=-5\r\n", 200, "");
  struct response head = files_ask(port, "HEAD", "/hello.txt", "Range: bytes=0-3\r\n");
  assert_int_equal(head.status, 200);
  assert_string_equal(response_field(&head, "Content-Length"), "10");
  response_free(&head);
}

static void test_files__dotfiles_are_the_owners(void** state) {
  (void)state;
  static const char* const hidden[] = {
      "/.htpasswd", "/.git/config",    "/%2egit/config",     "/sub/.env",
      "/.git",      "/.well-known/.x", "/sub/.well-known/x", "/.WELL-KNOWN/security.txt"};
  for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; ++i) {
    assert_answer(port, hidden[i], "", 404, "Not Found\n");
  }
  assert_answer(port, "/.well-known/security.txt", "", 200, "well known");
  int other_port;
  struct process other = files_start("root", "dotfiles=serve", NULL, &other_port);
  assert_answer(other_port, "/.htpasswd", "", 200, "hidden");
  assert_answer(other_port, "/.git/config", "", 200, "hidden");
  assert_answer(other_port, "/sub/../../secret", "", 404, "Not Found\n");
  assert_answer(other_port, "/..%2fsecret", "", 404, "Not Found\n");
  assert_answer(other_port, "/sub%2f%2e%2e%2fhello.txt", "", 404, "Not Found\n");
  assert_answer(other_port, "/%2e", "", 404, "Not Found\n");
  assert_int_equal(process_end(&other), 0);
}

static void assert_type(int at, const char* path, const char* type) {
  struct response response = files_ask(at, "GET", path, "");
  assert_int_equal(response.status, 200);
  assert_string_equal(response_field(&response, "Content-Type"), type);
  response_free(&response);
}

static void test_files__types_of_the_web_are_known(void** state) {
  (void)state;
  static const char* const types[][2] = {{"a.avif", "image/avif"},
                                         {"a.WebP", "image/webp"},
                                         {"a.woff2", "font/woff2"},
                                         {"a.webm", "video/webm"},
                                         {"a.wasm", "application/wasm"},
                                         {"a.CSV", "text/csv; charset=utf-8"},
                                         {"a.b.css", "text/css; charset=utf-8"},
                                         {"a", "application/octet-stream"},
                                         {"a.", "application/octet-stream"},
                                         {"a.nothing", "application/octet-stream"},
                                         {"css", "application/octet-stream"}};
  int at;
  struct process other = files_start("root", "mime_types=", NULL, &at);
  for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
    char* file = format("root/%s", types[i][0]);
    char* path = format("/%s", types[i][0]);
    write_file(file, "x");
    assert_type(at, path, types[i][1]);
    assert_int_equal(unlink(file), 0);
    free(file);
    free(path);
  }
  assert_type(at, "/sub/", "text/html; charset=utf-8");
  assert_int_equal(process_end(&other), 0);
}

static void test_files__a_file_of_types_goes_first(void** state) {
  (void)state;
  write_file("types",
             "# a comment\n\napplication/x-one\tone  two # three\r\n"
             "text/x-css\tCSS\napplication/x-later one\nno-type four\n"
             "a\x80/b\tfive\nimage/six");
  static const char* const types[][2] = {
      {"a.one", "application/x-one"},          {"a.TWO", "application/x-one"},
      {"a.three", "application/octet-stream"}, {"a.css", "text/x-css; charset=utf-8"},
      {"a.four", "application/octet-stream"},  {"a.five", "application/octet-stream"},
      {"a.html", "text/html; charset=utf-8"}};
  int at;
  struct process other = files_start("root", "mime_types=types", NULL, &at);
  for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
    char* file = format("root/%s", types[i][0]);
    char* path = format("/%s", types[i][0]);
    write_file(file, "x");
    assert_type(at, path, types[i][1]);
    assert_int_equal(unlink(file), 0);
    free(file);
    free(path);
  }
  assert_int_equal(process_end(&other), 0);
}

static void test_files__follows_the_link_of_its_folder_anew(void** state) {
  (void)state;
  assert_int_equal(mkdir("first", 0755) + mkdir("second", 0755), 0);
  write_file("first/a", "first");
  write_file("second/a", "second");
  assert_int_equal(symlink("first", "current"), 0);
  int at;
  struct process other = files_start("current", NULL, NULL, &at);
  assert_answer(at, "/a", "", 200, "first");
  assert_int_equal(symlink("second", "next"), 0);
  assert_int_equal(rename("next", "current"), 0);
  assert_answer(at, "/a", "", 200, "second");
  /* Between the two steps of a swap that is not atomic. */
  assert_int_equal(unlink("current"), 0);
  assert_answer(at, "/a", "", 200, "second");
  assert_int_equal(symlink("hello.txt", "current"), 0);
  assert_answer(at, "/a", "", 200, "second");
  assert_int_equal(process_end(&other), 0);
}

static void test_files__an_index_that_is_a_folder_is_none(void** state) {
  (void)state;
  assert_int_equal(mkdir("root/odd", 0755) + mkdir("root/odd/index.html", 0755), 0);
  assert_answer(port, "/odd/", "", 404, "Not Found\n");
}

static void test_files__a_mount_gets_its_slash(void** state) {
  (void)state;
  const char* const argv[] = {WSERVE,  "--listen=127.0.0.1:0", "--url-prefix=/shop",
                              "files", "root=root/sub",        NULL};
  struct process other = process_start(argv);
  const int at = process_read_port(&other);
  struct response response = files_ask(at, "GET", "/shop?a=/", "");
  assert_int_equal(response.status, 301);
  assert_string_equal(response_field(&response, "Location"), "./shop/?a=/");
  response_free(&response);
  assert_answer(at, "/shop/", "", 200, "<p>index");
  assert_int_equal(process_end(&other), 0);
}

static void assert_says(const char* const* argv, int status, const char* part) {
  char* out = NULL;
  char* err = NULL;
  assert_int_equal(process_run(argv, &out, &err), status);
  char* said = format("%s%s", out, err);
  if (strstr(said, part) == NULL) {
    print_error("\"%s\" does not hold \"%s\"\n", said, part);
    fail();
  }
  free(said);
  free(out);
  free(err);
}

static void test_files__says_which_folder(void** state) {
  (void)state;
  char* here = realpath(".", NULL);
  char* below = format("\nFiles of %s/root\n", here);
  char* current = format("\nFiles of %s\n", here);
  assert_says((const char*[]){WSERVE, "--check", "files", "root=root", NULL}, 0, below);
  assert_says((const char*[]){WSERVE, "--check", "files", NULL}, 0, current);
  const char* const argv[] = {WSERVE, "--listen=127.0.0.1:0", "files", NULL};
  struct process other = process_start(argv);
  assert_true(process_read_port(&other) > 0);
  char* line = process_read_line(&other);
  char* expected = format("Files of %s", here);
  assert_string_equal(line, expected);
  free(expected);
  free(line);
  assert_int_equal(process_end(&other), 0);
  free(here);
  free(below);
  free(current);
}

static void test_files__mistakes_in_its_settings(void** state) {
  (void)state;
  static const char* const cases[][2] = {
      {"root=nowhere", "root \"nowhere\": No such file or directory"},
      {"root=", "root \"\": No such file or directory"},
      {"root=secret", "root \"secret\": Not a directory"},
      {"dotfiles=yes", "dotfiles must be hide or serve, got \"yes\""},
      {"mime_types=nowhere", "mime_types \"nowhere\": No such file or directory"},
      {"mime_types=root", "mime_types \"root\": Is a directory"},
      {"index=a", "unknown setting \"index\"; there are root, dotfiles and mime_types"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    assert_says((const char*[]){WSERVE, "--check", "files", cases[i][0], NULL}, 1, cases[i][1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_files__serves_files),
      cmocka_unit_test(test_files__never_leaves_its_folder),
      cmocka_unit_test(test_files__other_methods_are_not_allowed),
      cmocka_unit_test(test_files__folders_get_their_slash),
      cmocka_unit_test(test_files__ranges),
      cmocka_unit_test(test_files__dotfiles_are_the_owners),
      cmocka_unit_test(test_files__types_of_the_web_are_known),
      cmocka_unit_test(test_files__a_file_of_types_goes_first),
      cmocka_unit_test(test_files__follows_the_link_of_its_folder_anew),
      cmocka_unit_test(test_files__an_index_that_is_a_folder_is_none),
      cmocka_unit_test(test_files__a_mount_gets_its_slash),
      cmocka_unit_test(test_files__says_which_folder),
      cmocka_unit_test(test_files__mistakes_in_its_settings),
      cmocka_unit_test(test_files__ends),
  };
  return cmocka_run_group_tests_name("command/files", tests, set_up, NULL);
}
