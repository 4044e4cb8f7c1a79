/* A temporary folder on a file system that is really full: 256 KiB of tmpfs that the test mounts
 * for itself. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/own_network.h"
#include "support/process.h"

#define FOLDER "/run/small"
enum { TOO_LARGE = 1024 * 1024, NEARLY_ALL = 200 * 1024, SMALL = 100 * 1024 };

static const char* const options[] = {"temporary_directory",
                                      FOLDER,
                                      "inbuf_overflow",
                                      "1000",
                                      "outbuf_overflow",
                                      "1000",
                                      "temporary_reserve",
                                      "0",
                                      "threads",
                                      "2",
                                      NULL};

/* On the loop's own thread a request is done with before the next one is read. */
static const char* const inline_options[] = {"temporary_directory",
                                             FOLDER,
                                             "inbuf_overflow",
                                             "1000",
                                             "temporary_reserve",
                                             "0",
                                             "threads",
                                             "0",
                                             NULL};

/* A third of the folder is for others. */
static const char* const reserving_options[] = {"temporary_directory",
                                                FOLDER,
                                                "inbuf_overflow",
                                                "1000",
                                                "outbuf_overflow",
                                                "1000",
                                                "temporary_reserve",
                                                "86016",
                                                "threads",
                                                "2",
                                                NULL};

/* Answers the body that came, or for GET more than any socket takes at once. */
static ws_status app(ws_request* request, void* data) {
  (void)data;
  const size_t size = strcmp(ws_request_get(request, "REQUEST_METHOD"), "GET") == 0
                          ? 64UL * 1024 * 1024
                          : (size_t)ws_request_body_size(request);
  char* body = calloc(size + 1, 1);
  size_t got = 0;
  int64_t n = 0;
  while (got < size && (n = ws_request_read(request, body + got, size - got)) > 0) {
    got += (size_t)n;
  }
  const ws_status status = ws_request_reply(request, 200, "text/plain", body, size);
  free(body);
  return status;
}

static struct response post(int port, size_t size) {
  char* body = calloc(size, 1);
  char* head = format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", size);
  const int fd = client_connect(port);
  client_send_text(fd, head);
  client_send(fd, body, size);
  struct response response = client_read(fd, 0);
  client_close(fd);
  free(body);
  free(head);
  return response;
}

static void assert_answer(int port, size_t size, int status) {
  struct response response = post(port, size);
  assert_true(response.is_complete);
  assert_int_equal(response.status, status);
  if (status == 200) {
    assert_int_equal(response.body_size, size);
  }
  response_free(&response);
}

static int mount_folder(void** state) {
  (void)state;
  return mkdir(FOLDER, 0700) == 0 ? mount("none", FOLDER, "tmpfs", 0, "size=256k") : -1;
}

static void test_full_disk__refuses_bodies_until_there_is_room(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, options);
  fixture_start(&f, app, NULL);
  for (int round = 0; round < 3; ++round) {
    assert_answer(f.port, TOO_LARGE, 503);
    assert_answer(f.port, SMALL, 200); /* what the other took was given back */
  }
  fixture_wait_for_log(&f, "No space left on device");
  fixture_end(&f);
}

/* Two bodies at once leave two spare files, and beside one of them the other has no room to grow.
 */
static void test_full_disk__spare_files_give_way(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, inline_options);
  fixture_start(&f, app, NULL);
  char* body = calloc(SMALL, 1);
  char* head = format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", SMALL);
  int clients[2];
  for (int i = 0; i < 2; ++i) {
    clients[i] = client_connect(f.port);
    client_send_text(clients[i], head);
    client_send(clients[i], body, SMALL - 1);
  }
  for (int i = 0; i < 2; ++i) {
    client_send(clients[i], body, 1);
    struct response response = client_read(clients[i], 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    client_close(clients[i]);
  }
  free(body);
  free(head);
  assert_answer(f.port, NEARLY_ALL, 200);
  fixture_end(&f);
}

static void test_full_disk__cuts_the_answer_that_finds_no_room_and_no_other(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, options);
  fixture_start(&f, app, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "GET /huge HTTP/1.1\r\nHost: a\r\n\r\n");
  fixture_wait_for_log(&f, "No space left on device"); /* before anything was read */
  assert_answer(f.port, SMALL, 200);
  struct response response = client_read(fd, 0);
  assert_false(response.is_complete);
  response_free(&response);
  client_close(fd);
  fixture_end(&f);
}

static void test_full_disk__leaves_a_reserve_to_others(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, reserving_options);
  fixture_start(&f, app, NULL);
  assert_answer(f.port, NEARLY_ALL, 503); /* there would be room for it */
  fixture_wait_for_log(&f, "temporary_reserve");
  assert_answer(f.port, SMALL, 200);
  assert_answer(f.port, 10, 200);
  fixture_end(&f);
}

static void test_full_disk__a_missing_folder_refuses_what_needs_it(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, options);
  fixture_start(&f, app, NULL);
  assert_int_equal(umount(FOLDER), 0);
  assert_int_equal(remove(FOLDER), 0);
  assert_answer(f.port, SMALL, 503);
  assert_answer(f.port, 10, 200);
  fixture_wait_for_log(&f, FOLDER);
  assert_int_equal(mkdir(FOLDER, 0700), 0);
  assert_answer(f.port, SMALL, 200);
  fixture_end(&f);
}

static int run_inside(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_full_disk__refuses_bodies_until_there_is_room),
      cmocka_unit_test(test_full_disk__spare_files_give_way),
      cmocka_unit_test(test_full_disk__cuts_the_answer_that_finds_no_room_and_no_other),
      cmocka_unit_test(test_full_disk__leaves_a_reserve_to_others),
      cmocka_unit_test(test_full_disk__a_missing_folder_refuses_what_needs_it),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("full_disk", tests, mount_folder, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, run_inside);
}
