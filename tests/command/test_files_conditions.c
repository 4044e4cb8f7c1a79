/* The bundled app "files": validators, conditions on times and tags, ranges with If-Range. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files_server.h"
#include "support/cmocka.h"

static char* folder;
static struct process server;
static int port;

static int set_up(void** state) {
  (void)state;
  folder = make_folder();
  server = files_start(folder, NULL, NULL, &port);
  return 0;
}

static void test_conditions__ends(void** state) {
  (void)state;
  assert_int_equal(process_end(&server), 0);
  remove_folder(folder);
  free(folder);
}

/* A file whose time is this, which the file system must keep. */
static void make_file(const char* name, long long modified, long nanoseconds) {
  char* path = format("%s/%s", folder, name);
  const struct timespec times[2] = {{modified, nanoseconds}, {modified, nanoseconds}};
  struct stat file;
  write_file(path, "0123456789");
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
  assert_int_equal(stat(path, &file), 0);
  assert_true(file.st_mtim.tv_sec == modified);
  free(path);
}

static void assert_condition(const char* name, const char* field, const char* value, int status) {
  char* path = format("/%s", name);
  char* line = format("%s: %s\r\n", field, value);
  assert_status(port, path, line, status);
  free(path);
  free(line);
}

static void test_dates__of_all_three_forms(void** state) {
  (void)state;
  make_file("old", 784111777, 0); /* Sun, 06 Nov 1994 08:49:37 GMT */
  static const char* const same[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                     "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
  static const char* const earlier[] = {
      "Sat, 05 Nov 1994 08:49:37 GMT", "Saturday, 05-Nov-94 08:49:37 GMT",
      "Sat Nov  5 08:49:37 1994", "Wed, 31 Dec 1969 23:59:59 GMT"};
  for (size_t i = 0; i < sizeof same / sizeof same[0]; ++i) {
    assert_condition("old", "If-Modified-Since", same[i], 304);
    assert_condition("old", "If-Unmodified-Since", same[i], 200);
    char* if_range = format("%s\r\nRange: bytes=0-1", same[i]);
    assert_condition("old", "If-Range", if_range, 206);
    free(if_range);
  }
  for (size_t i = 0; i < sizeof earlier / sizeof earlier[0]; ++i) {
    assert_condition("old", "If-Modified-Since", earlier[i], 200);
    assert_condition("old", "If-Unmodified-Since", earlier[i], 412);
  }
  assert_condition("old", "If-Range", "Mon, 07 Nov 1994 08:49:37 GMT\r\nRange: bytes=0-1", 200);
  assert_condition("old", "If-Unmodified-Since", "yesterday", 200);
}

static void test_dates__before_1970(void** state) {
  (void)state;
  make_file("ancient", -1, 0);
  struct response response = files_ask(port, "GET", "/ancient", "");
  assert_string_equal(response_field(&response, "Last-Modified"), "Wed, 31 Dec 1969 23:59:59 GMT");
  response_free(&response);
  assert_condition("ancient", "If-Modified-Since", "Wed, 31 Dec 1969 23:59:59 GMT", 304);
  assert_condition("ancient", "If-Modified-Since", "nonsense", 200);
  assert_condition("ancient", "If-Unmodified-Since", "Wed, 31 Dec 1969 23:59:58 GMT", 412);
}

/* RFC 9110 §8.8.2.1: never later than Date. */
static void test_dates__in_the_future_are_now(void** state) {
  (void)state;
  make_file("future", 4102444800, 0); /* 2100 */
  struct response response = files_ask(port, "GET", "/future", "");
  char* modified = strdup(response_field(&response, "Last-Modified"));
  assert_string_equal(modified, response_field(&response, "Date"));
  response_free(&response);
  assert_condition("future", "If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 200);
  assert_condition("future", "If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 412);
  free(modified);
}

/* Not every file system keeps such times: a file in memory does. */
static void test_dates__that_cannot_be_written_are_left_out(void** state) {
  (void)state;
  char memory[] = "/dev/shm/wserve-files-XXXXXX";
  char* kept = folder;
  assert_non_null(mkdtemp(memory));
  folder = memory;
  make_file("year3000000", 99999999999999, 0);
  make_file("last", 253402300800, 0); /* the first second of the year 10000 */
  folder = kept;
  int other_port;
  struct process other = files_start(memory, NULL, NULL, &other_port);
  static const char* const paths[] = {"/year3000000", "/last"};
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; ++i) {
    struct response response = files_ask(other_port, "GET", paths[i], "");
    assert_int_equal(response.status, 200);
    assert_null(response_field(&response, "Last-Modified"));
    assert_non_null(response_field(&response, "ETag"));
    assert_non_null(response_field(&response, "Date"));
    response_free(&response);
    /* What has no date has no condition on it (RFC 9110 §13.1.4). */
    assert_status(other_port, paths[i], "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
                  200);
    assert_status(other_port, paths[i], "If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
                  200);
  }
  assert_int_equal(process_end(&other), 0);
  remove_folder(memory);
}

static char* etag_of(const char* path) {
  struct response response = files_ask(port, "GET", path, "");
  char* etag = strdup(response_field(&response, "ETag"));
  response_free(&response);
  return etag;
}

static void test_tags__are_made_of_time_and_size(void** state) {
  (void)state;
  make_file("one", 784111777, 1);
  make_file("copy", 784111777, 1);
  make_file("later", 784111777, 2);
  char* one = etag_of("/one");
  char* copy = etag_of("/copy");
  char* later = etag_of("/later");
  assert_string_equal(one, copy);
  assert_string_not_equal(one, later);
  free(one);
  free(copy);
  free(later);
}

/* RFC 9110 §8.8.3: commas, stars and backslashes between quotes are part of the tag. */
static void test_tags__are_read_with_their_quotes(void** state) {
  (void)state;
  make_file("tagged", 784111777, 7);
  char* etag = etag_of("/tagged");
  char* cases[][2] = {
      {format("\"abc,*\""), "200"},
      {format("\"abc\", \"d, *, e\""), "200"},
      {format("W/\"*\""), "200"},
      {format("*, \"a\""), "200"},
      {format("\"a\", *"), "200"},
      {format("\"a, %s\"", etag), "200"},
      {format("\"a,W/\", %s", etag), "304"},
      {format("\"\\\", %s", etag), "304"},
      {format(",, \t\"x\" , ,W/%s,", etag), "304"},
      {format("w/%s", etag), "200"},
      {format("%sx", etag), "200"},
      {format("%.*s", (int)strlen(etag) - 1, etag), "200"},
      {format("x%s", etag), "200"},
      {format("nonsense, %s", etag), "200"},
      {format("*"), "304"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    const int is_found = atoi(cases[i][1]) == 304;
    const int is_weak = strstr(cases[i][0], "W/\"") != NULL && strstr(cases[i][0], "a,W") == NULL;
    assert_condition("tagged", "If-None-Match", cases[i][0], is_found ? 304 : 200);
    assert_condition("tagged", "If-Match", cases[i][0], is_found && !is_weak ? 200 : 412);
    free(cases[i][0]);
  }
  free(etag);
}

static void test_conditions__in_their_order(void** state) {
  (void)state;
  make_file("hello.txt", 1710201600, 0);
  struct response first = files_ask(port, "GET", "/hello.txt", "");
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
    struct response response = files_ask(port, "GET", "/hello.txt", cases[i][0]);
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
      cmocka_unit_test(test_dates__of_all_three_forms),
      cmocka_unit_test(test_dates__before_1970),
      cmocka_unit_test(test_dates__in_the_future_are_now),
      cmocka_unit_test(test_dates__that_cannot_be_written_are_left_out),
      cmocka_unit_test(test_tags__are_made_of_time_and_size),
      cmocka_unit_test(test_tags__are_read_with_their_quotes),
      cmocka_unit_test(test_conditions__in_their_order),
      cmocka_unit_test(test_conditions__ends),
  };
  return cmocka_run_group_tests_name("command/files_conditions", tests, set_up, NULL);
}
