/* Every allocation fails once, one after the other: each call gives an error or does without, and
 * nothing crashes or leaks a descriptor. */
#define _GNU_SOURCE
#include <string.h>

#include <wserve/wserve.h>

#include "failing_malloc.h"
#include "fixture.h"
#include "support/cmocka.h"

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, NULL, "x", 1);
}

static ws_status pass(ws_request* request, ws_next* next, void* filter_data) {
  (void)filter_data;
  return ws_next_call(next, request);
}

static void ignore_line(ws_severity severity, const char* line, void* log_data) {
  (void)severity;
  (void)line;
  (void)log_data;
}

static int failures;

static void note(ws_status status) {
  if (status != WS_OK) {
    ++failures;
    /* A list of options with a hole in it may contradict itself. */
    if (status != WS_ENOMEM && status != WS_ESYSTEM && status != WS_EINVAL && status != WS_ESTATE &&
        status != WS_ECONFLICT) {
      assert_status(status, WS_ENOMEM);
    }
    assert_true(strlen(ws_last_error()) > 0);
  }
}

static void set_up(ws_server* server) {
  static const char* const options[][2] = {
      {"listen", "127.0.0.1:0 localhost:0"},
      {"url_prefix", "/a/rather/long/prefix/that/no/small/string/holds"},
      {"trusted_proxy", "10.0.0.0/8 2001:db8::/32"},
      {"trusted_proxy_headers", "x-forwarded-for x-forwarded-proto x-forwarded-host"},
      {"threads", "2"},
  };
  for (size_t i = 0; i < sizeof options / sizeof options[0]; ++i) {
    note(ws_server_set(server, options[i][0], options[i][1]));
  }
  note(ws_server_set_log(server, ignore_line, NULL));
  note(ws_server_use(server, pass, NULL));
}

/* One server's life, as far as it gets. */
static void live_with_app(void) {
  ws_server* server = ws_server_new();
  if (server == NULL) {
    ++failures;
    return;
  }
  set_up(server);
  note(ws_server_set_app(server, hello, NULL));
  note(ws_server_listen(server));
  const ws_status started = ws_server_start(server);
  note(started);
  ws_server_drain(server, 0);
  if (started == WS_OK) {
    assert_ok(ws_server_join(server));
  }
  ws_server_free(server);
}

static void live_with_worker(void) {
  ws_server* server = ws_server_new();
  if (server == NULL) {
    ++failures;
    return;
  }
  set_up(server);
  note(ws_server_set(server, "threads", "0"));
  ws_worker* worker = ws_worker_new(server);
  failures += worker == NULL;
  const ws_status started = ws_server_start(server);
  note(started);
  ws_request* request;
  if (worker != NULL && started == WS_OK) {
    assert_status(ws_worker_next(worker, 0, &request), WS_TIMEOUT);
    ws_server_stop(server);
    assert_status(ws_worker_next(worker, 0, &request), WS_CLOSED);
  }
  ws_server_free(server);
  ws_worker_free(worker);
}

static void fail_each_allocation_of(void (*live)(void)) {
  live(); /* what is allocated once and kept */
  assert_int_equal(failures, 0);
  fixture_wait_for_threads();
  const int descriptors = fixture_descriptors();
  long n = 0;
  int has_failed = 0;
  do {
    failures = 0;
    malloc_fail_here(n++);
    live();
    has_failed = malloc_fail_no_more();
    if (failures == 0) {
      /* Only what can be done without may fail unnoticed: the text of a log line. */
      assert_true(n > 1 || !has_failed);
    }
  } while (has_failed);
  assert_true(n > 50);
  fixture_wait_for_threads();
  fixture_wait_for_descriptors(descriptors);
}

static void test_no_memory__with_an_application(void** state) {
  (void)state;
  fail_each_allocation_of(live_with_app);
}

static void test_no_memory__with_a_worker(void** state) {
  (void)state;
  fail_each_allocation_of(live_with_worker);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_memory__with_an_application),
      cmocka_unit_test(test_no_memory__with_a_worker),
  };
  return cmocka_run_group_tests_name("api/no_memory", tests, NULL, NULL);
}
