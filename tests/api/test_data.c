/* ws_request_set_data(): what filters and applications keep with a request. */
#include <stdatomic.h>
#include <string.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

/* What was released, one letter each, in that order. */
static char released[64];
static atomic_int release_count;

static void release_letter(void* letter) {
  released[atomic_fetch_add(&release_count, 1)] = *(char*)letter;
}

static void forget_releases(void) {
  memset(released, 0, sizeof released);
  atomic_store(&release_count, 0);
}

static char letters[] = "abcdefgh";

static ws_status keep_at_head(ws_request* request, void* head_data) {
  (void)head_data;
  assert_null(ws_request_data(request, "test.a"));
  return ws_request_set_data(request, "test.a", &letters[0], release_letter);
}

static ws_status keep_in_filter(ws_request* request, ws_next* next, void* filter_data) {
  (void)filter_data;
  assert_ptr_equal(ws_request_data(request, "test.a"), &letters[0]);
  assert_ok(ws_request_set_data(request, "test.b", &letters[1], release_letter));
  const ws_status outcome = ws_next_call(next, request);
  assert_ptr_equal(ws_request_data(request, "test.c"), &letters[2]);
  return outcome;
}

static ws_status see_at_answer(ws_request* request, void* answer_data) {
  (void)answer_data;
  assert_ptr_equal(ws_request_data(request, "test.c"), &letters[2]);
  return WS_OK;
}

static ws_status keep_in_app(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ptr_equal(ws_request_data(request, "test.b"), &letters[1]);
  assert_null(ws_request_get(request, "test.b"));
  assert_ok(ws_request_set_data(request, "test.c", &letters[2], release_letter));
  assert_ok(ws_request_set_data(request, "test.not mine", &letters[3], NULL));
  return ws_request_reply(request, 200, NULL, "x", 1);
}

/* The second one gets the exchange of the first, and finds it empty. */
static void test_data__is_seen_by_all_and_released_with_the_request(void** state) {
  (void)state;
  struct fixture f;
  forget_releases();
  fixture_make(&f, NULL);
  assert_ok(ws_server_on_head(f.server, keep_at_head, NULL));
  assert_ok(ws_server_on_answer(f.server, see_at_answer, NULL));
  assert_ok(ws_server_use(f.server, keep_in_filter, NULL));
  fixture_start(&f, keep_in_app, NULL);
  const int fd = client_connect(f.port);
  for (int i = 0; i < 2; ++i) {
    client_send_text(fd, get);
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
  }
  client_close(fd);
  fixture_end(&f);
  assert_string_equal(released, "cbacba");
}

static ws_status change(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_set_data(request, "k", NULL, release_letter));
  assert_null(ws_request_data(request, "k"));
  assert_ok(ws_request_set_data(request, "k", &letters[0], release_letter));
  assert_ok(ws_request_set_data(request, "k", &letters[1], release_letter));
  assert_string_equal(released, "a");
  assert_ptr_equal(ws_request_data(request, "k"), &letters[1]);
  assert_ok(ws_request_set_data(request, "k", NULL, NULL));
  assert_string_equal(released, "ab");
  assert_null(ws_request_data(request, "k"));
  assert_status(ws_request_set_data(request, NULL, &letters[0], NULL), WS_EINVAL);
  assert_status(ws_request_set_data(NULL, "k", &letters[0], NULL), WS_EINVAL);
  assert_null(ws_request_data(request, NULL));
  assert_null(ws_request_data(NULL, "k"));
  return ws_request_reply(request, 200, NULL, NULL, 0);
}

static void test_data__is_released_when_its_key_is_set_anew(void** state) {
  (void)state;
  struct fixture f;
  forget_releases();
  fixture_make(&f, NULL);
  fixture_start(&f, change, NULL);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  fixture_end(&f);
  assert_string_equal(released, "ab");
}

static ws_status keep_and_defer(ws_request* request, void* kept) {
  assert_ok(ws_request_set_data(request, "k", &letters[4], release_letter));
  assert_ok(ws_request_defer(request));
  assert_ok(ws_request_reply(request, 200, NULL, "x", 1));
  atomic_store((_Atomic(ws_request*)*)kept, request);
  return WS_OK;
}

/* Answered, and the server has gone: the data stays as long as somebody has the request. */
static void test_data__stays_as_long_as_the_request(void** state) {
  (void)state;
  struct fixture f;
  _Atomic(ws_request*) kept = NULL;
  forget_releases();
  fixture_make(&f, NULL);
  fixture_start(&f, keep_and_defer, &kept);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  fixture_end(&f);
  ws_request* request = atomic_load(&kept);
  assert_ptr_equal(ws_request_data(request, "k"), &letters[4]);
  assert_string_equal(released, "");
  ws_request_release(request);
  assert_string_equal(released, "e");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_data__is_seen_by_all_and_released_with_the_request),
      cmocka_unit_test(test_data__is_released_when_its_key_is_set_anew),
      cmocka_unit_test(test_data__stays_as_long_as_the_request),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/data", tests, NULL, NULL);
}
