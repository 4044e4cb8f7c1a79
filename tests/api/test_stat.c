/* ws_stat_* and ws_server_stat: every number is described, and tells the truth. */
#include <string.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

/* Nobody does without metrics_listen. */
static int counts_requests(size_t index) {
  return strstr(ws_stat_help(index), "Only with metrics_listen.") != NULL;
}

static void test_stat__every_number_is_described_and_can_be_asked_for(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_true(ws_stat_count() > 20);
  for (size_t i = 0; i < ws_stat_count(); ++i) {
    const int is_counter = strcmp(ws_stat_type(i), "counter") == 0;
    assert_true(is_counter || strcmp(ws_stat_type(i), "gauge") == 0);
    assert_int_equal(is_counter, strstr(ws_stat_metric(i), "_total") != NULL);
    assert_memory_equal(ws_stat_metric(i), "wserve_", 7);
    assert_non_null(ws_stat_labels(i));
    assert_non_null(ws_stat_unit(i));
    assert_true(strlen(ws_stat_help(i)) > 10);
    assert_string_equal(ws_stat_since(i), "1.0");
    assert_true(ws_server_stat(server, ws_stat_name(i)) >= (counts_requests(i) ? -1 : 0));
  }
  ws_server_free(server);
}

static void test_stat__no_name_stands_twice(void** state) {
  (void)state;
  for (size_t i = 0; i < ws_stat_count(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const int is_other_metric = strcmp(ws_stat_metric(i), ws_stat_metric(j)) != 0;
      assert_string_not_equal(ws_stat_name(i), ws_stat_name(j));
      assert_true(is_other_metric || strcmp(ws_stat_labels(i), ws_stat_labels(j)) != 0);
    }
  }
}

static void test_stat__there_is_none_behind_the_last(void** state) {
  (void)state;
  const size_t end = ws_stat_count();
  assert_null(ws_stat_name(end));
  assert_null(ws_stat_metric(end));
  assert_null(ws_stat_labels(end));
  assert_null(ws_stat_type(end));
  assert_null(ws_stat_unit(end));
  assert_null(ws_stat_help(end));
  assert_null(ws_stat_since(end));
}

static ws_status say_hello(ws_request* request, void* data) {
  (void)data;
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

static void ask(int port, const char* request, int status) {
  struct response response = client_ask(port, request);
  assert_int_equal(response.status, status);
  response_free(&response);
}

static void test_stat__refusals_have_their_reasons(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "2", "max_request_body_size", "10", NULL});
  fixture_start(&f, say_hello, NULL);
  ask(f.port, "GET / HTTP/1.1\r\n\r\n", 400);
  ask(f.port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413);
  ask(f.port, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501);
  fixture_wait_for_stat(&f, "refused_malformed", 1);
  fixture_wait_for_stat(&f, "refused_too_large", 1);
  fixture_wait_for_stat(&f, "refused_unsupported", 1);
  fixture_wait_for_stat(&f, "connections_accepted", 3);
  assert_int_equal(ws_server_stat(f.server, "requests"), 0);
  fixture_wait_for_stat(&f, "workers_idle", 2);
  assert_int_equal(ws_server_stat(f.server, "workers_busy"), 0);
  assert_int_equal(ws_server_stat(f.server, "draining"), 0);
  fixture_end(&f);
}

static void test_stat__busy_workers_and_full_queues(void** state) {
  (void)state;
  struct gate gate;
  gate_make(&gate);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "1", "queue_limit", "1", NULL});
  fixture_start(&f, gate_pass, &gate);
  static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const int busy = client_connect(f.port);
  client_send_text(busy, get);
  gate_wait_for(&gate, 1);
  const int waiting = client_connect(f.port);
  client_send_text(waiting, get);
  fixture_wait_for_stat(&f, "waiting", 1);
  ask(f.port, get, 503);
  fixture_wait_for_stat(&f, "workers_busy", 1);
  assert_int_equal(ws_server_stat(f.server, "workers_idle"), 0);
  assert_int_equal(ws_server_stat(f.server, "refused_queue_limit"), 1);
  gate_open(&gate);
  client_close(busy);
  client_close(waiting);
  fixture_end(&f);
}

static void test_stat__bodies_in_files_are_counted(void** state) {
  (void)state;
  static char body[4000];
  struct fixture f;
  fixture_make(&f, (const char*[]){"inbuf_overflow", "1000", NULL});
  fixture_start(&f, say_hello, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n");
  client_send(fd, body, sizeof body);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  assert_int_equal(ws_server_stat(f.server, "spilled_files"), 1);
  assert_int_equal(ws_server_stat(f.server, "spilled_bytes"), 4000);
  client_close(fd);
  fixture_wait_for_stat(&f, "spilled", 0);
  fixture_end(&f);
}

static void test_stat__timeouts_have_their_kinds(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"header_timeout", "0.1", "channel_timeout", "0.1",
                                   "cleanup_interval", "0.1", NULL});
  fixture_start(&f, say_hello, NULL);
  const int idle = client_connect(f.port);
  const int slow = client_connect(f.port);
  client_send_text(slow, "GET / HT");
  assert_true(client_sees_end(idle));
  fixture_wait_for_stat(&f, "timeouts_idle", 1);
  fixture_wait_for_stat(&f, "timeouts_head", 1);
  assert_int_equal(ws_server_stat(f.server, "refused_too_slow"), 1);
  client_close(idle);
  client_close(slow);
  fixture_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stat__every_number_is_described_and_can_be_asked_for),
      cmocka_unit_test(test_stat__no_name_stands_twice),
      cmocka_unit_test(test_stat__there_is_none_behind_the_last),
      cmocka_unit_test(test_stat__refusals_have_their_reasons),
      cmocka_unit_test(test_stat__busy_workers_and_full_queues),
      cmocka_unit_test(test_stat__bodies_in_files_are_counted),
      cmocka_unit_test(test_stat__timeouts_have_their_kinds),
  };
  return cmocka_run_group_tests_name("api/stat", tests, NULL, NULL);
}
