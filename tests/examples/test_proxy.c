/* examples/proxy.c in front of other examples, asked by curl. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

enum { BIG = 64 * 1024 * 1024, MOST_KIB = 48 * 1024 };

struct pair {
  struct process origin;
  struct process proxy;
  int port;
};

static struct pair start(const char* example) {
  struct pair pair;
  char* path = format("%s/%s", EXAMPLES, example);
  pair.origin = process_start((const char*[]){path, "127.0.0.1:0", NULL});
  char* origin = format("http://127.0.0.1:%d", process_read_port(&pair.origin));
  pair.proxy = process_start((const char*[]){EXAMPLES "/proxy", "127.0.0.1:0", origin, NULL});
  pair.port = process_read_port(&pair.proxy);
  free(path);
  free(origin);
  return pair;
}

static void end(struct pair* pair) {
  assert_int_equal(process_end(&pair->proxy), 0);
  process_end(&pair->origin);
}

/* What curl prints, with these arguments in front of the address. */
static char* curl(const struct pair* pair, const char* const* arguments) {
  const char* command[32] = {"curl", "-sS", "--max-time", "120"};
  size_t count = 4;
  while (*arguments != NULL) {
    command[count++] = *arguments++;
  }
  char* address = format("http://127.0.0.1:%d/path?query", pair->port);
  command[count] = address;
  char* out = NULL;
  char* err = NULL;
  const int status = process_run(command, &out, &err);
  assert_string_equal(err, "");
  assert_int_equal(status, 0);
  free(err);
  free(address);
  return out;
}

static void assert_prints(const struct pair* pair, const char* const* arguments,
                          const char* expected) {
  char* out = curl(pair, arguments);
  assert_string_equal(out, expected);
  free(out);
}

static void test_proxy__passes_requests_and_answers_on(void** state) {
  (void)state;
  struct pair pair = start("echo");
  assert_prints(&pair, (const char*[]){"-d", "hello", NULL}, "hello");
  assert_prints(
      &pair, (const char*[]){"-T", "/etc/hostname", "-o", "/dev/null", "-w", "%{http_code}", NULL},
      "200");
  assert_prints(&pair, (const char*[]){"-I", "-o", "/dev/null", "-w", "%{http_code}", NULL}, "200");
  end(&pair);
}

/* A file without its own storage. */
static char* big_file(const char* folder) {
  char* path = format("%s/big", folder);
  const int fd = open(path, O_CREAT | O_WRONLY, 0600);
  assert_int_equal(ftruncate(fd, BIG), 0);
  close(fd);
  return path;
}

/* With a length and without, and back: neither side may fill the proxy's memory. */
static void test_proxy__streams_what_is_long(void** state) {
  (void)state;
  char* folder = make_folder();
  char* file = big_file(folder);
  char* data = format("@%s", file);
  struct pair pair = start("upload");
  char* said = curl(&pair, (const char*[]){"-T", file, NULL});
  assert_int_equal(strncmp(said, "67108864 bytes", 14), 0);
  char* chunked =
      curl(&pair, (const char*[]){"-T", file, "-H", "Transfer-Encoding: chunked", NULL});
  assert_string_equal(chunked, said);
  assert_in_range(process_peak_kib(&pair.proxy), 1, MOST_KIB);
  free(said);
  free(chunked);
  end(&pair);
  pair = start("echo");
  assert_prints(&pair,
                (const char*[]){"--data-binary", data, "--limit-rate", "100M", "-o", "/dev/null",
                                "-w", "%{size_download}", NULL},
                "67108864");
  assert_in_range(process_peak_kib(&pair.proxy), 1, MOST_KIB);
  end(&pair);
  free(data);
  free(file);
  remove_folder(folder);
  free(folder);
}

/* The origin sees the head and a part of the body before the rest is there. */
static void test_proxy__does_not_wait_for_the_whole(void** state) {
  (void)state;
  struct pair pair = start("upload");
  const int fd = client_connect(pair.port);
  client_send_text(fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  char* line = process_wait_for(&pair.origin, "2 bytes");
  assert_non_null(line);
  free(line);
  client_send_text(fd, "llo");
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "5 bytes, sum a430d84680aabd0b\n");
  response_free(&response);
  client_close(fd);
  end(&pair);
}

static void test_proxy__an_origin_that_is_not_there(void** state) {
  (void)state;
  struct pair pair = start("echo");
  process_end(&pair.origin);
  assert_prints(&pair, (const char*[]){"-w", "%{http_code}", NULL},
                "the origin does not answer\n502");
  assert_int_equal(process_end(&pair.proxy), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_proxy__passes_requests_and_answers_on),
      cmocka_unit_test(test_proxy__streams_what_is_long),
      cmocka_unit_test(test_proxy__does_not_wait_for_the_whole),
      cmocka_unit_test(test_proxy__an_origin_that_is_not_there),
  };
  return cmocka_run_group_tests_name("examples/proxy", tests, NULL, NULL);
}
