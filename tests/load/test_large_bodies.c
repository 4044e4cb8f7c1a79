/* A gigabyte up and down again, and a gigabyte file: the server's memory stays below 64 MiB. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static const long long gigabyte = 1024LL * 1024 * 1024;
static const long limit_kib = 64 * 1024;

/* Reads a head, byte by byte so that nothing of the body goes with it. */
static void read_head(int fd, char* head, size_t capacity) {
  size_t size = 0;
  head[0] = '\0';
  while (strstr(head, "\r\n\r\n") == NULL) {
    assert_true(size + 1 < capacity);
    assert_int_equal(recv(fd, head + size, 1, 0), 1);
    head[++size] = '\0';
  }
}

/* Reads so many bytes; the sum of all of them. */
static unsigned long long read_and_sum(int fd, long long size) {
  static unsigned char piece[1024 * 1024];
  unsigned long long sum = 0;
  while (size > 0) {
    const ssize_t n = recv(fd, piece, sizeof piece, 0);
    assert_true(n > 0);
    for (ssize_t i = 0; i < n; ++i) {
      sum += piece[i];
    }
    size -= n;
  }
  return sum;
}

static void test_large_bodies__echo(void** state) {
  (void)state;
  static const char* const threads[] = {"--threads=4", "--threads=0"};
  for (int t = 0; t < 2; ++t) {
    struct process server =
        process_start((const char*[]){WSERVE, "--listen=127.0.0.1:0", threads[t], "echo", NULL});
    const int fd = client_connect(process_read_port(&server));
    client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n");
    static char piece[1024 * 1024];
    unsigned long long sum = 0;
    for (size_t i = 0; i < sizeof piece; ++i) {
      piece[i] = (char)(i * 31 % 251);
      sum += (unsigned char)piece[i];
    }
    for (long long sent = 0; sent < gigabyte; sent += (long long)sizeof piece) {
      assert_true(client_send(fd, piece, sizeof piece));
    }
    char head[1024];
    read_head(fd, head, sizeof head);
    assert_non_null(strstr(head, "Content-Length: 1073741824\r\n"));
    assert_true(read_and_sum(fd, gigabyte) == sum * 1024);
    assert_in_range(process_peak_kib(&server), 1, limit_kib);
    client_close(fd);
    assert_int_equal(process_end(&server), 0);
  }
}

static void test_large_bodies__file(void** state) {
  (void)state;
  char* folder = make_folder();
  char* path = format("%s/big", folder);
  char* root = format("root=%s", folder);
  write_file(path, "the beginning");
  assert_int_equal(truncate(path, gigabyte), 0);
  struct process server =
      process_start((const char*[]){WSERVE, "--listen=127.0.0.1:0", "files", root, NULL});
  const int fd = client_connect(process_read_port(&server));
  client_send_text(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  char head[1024];
  read_head(fd, head, sizeof head);
  assert_non_null(strstr(head, "Content-Length: 1073741824\r\n"));
  unsigned long long sum = 0;
  for (const char* c = "the beginning"; *c != '\0'; ++c) {
    sum += (unsigned char)*c;
  }
  assert_true(read_and_sum(fd, gigabyte) == sum);
  assert_in_range(process_peak_kib(&server), 1, limit_kib);
  client_close(fd);
  assert_int_equal(process_end(&server), 0);
  remove_folder(folder);
  free(root);
  free(path);
  free(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_large_bodies__echo),
      cmocka_unit_test(test_large_bodies__file),
  };
  return cmocka_run_group_tests_name("load/large_bodies", tests, NULL, NULL);
}
