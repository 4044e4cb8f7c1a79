/* Encoders in a row, and filters that decide about an answer: from the inside out, before its head,
 * and not behind it. */
#include <stdio.h>
#include <string.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

#include "brackets.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static ws_status answer(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

static struct bracket inner;
static struct bracket outer;
static char order[64];

static void note(const char* who) {
  strncat(order, who, sizeof order - strlen(order) - 1);
}

static ws_status see_inner(ws_request* request, void* data) {
  note("inner ");
  assert_null(ws_request_header(request, "X-Inner"));
  assert_int_equal(ws_request_answer_size(request), 5);
  assert_ok(ws_request_set_header(request, "X-Inner", "1"));
  assert_status(ws_request_on_answer(request, see_inner, NULL, NULL), WS_ESTATE);
  return bracket_body(request, data);
}

static ws_status see_outer(ws_request* request, void* data) {
  note("outer ");
  assert_string_equal(ws_request_header(request, "X-Inner"), "1");
  assert_int_equal(ws_request_answer_size(request), -1);
  assert_ok(ws_request_set_header(request, "X-Outer", "2"));
  return bracket_body(request, data);
}

static ws_status see_all(ws_request* request, void* data) {
  (void)data;
  note("server");
  const char* name = NULL;
  const char* value = NULL;
  char fields[128] = "";
  for (size_t i = 0; ws_request_header_at(request, i, &name, &value) == WS_OK; ++i) {
    snprintf(fields + strlen(fields), sizeof fields - strlen(fields), "%s=%s,", name, value);
  }
  assert_string_equal(fields, "Content-Type=text/plain,X-Inner=1,X-Outer=2,");
  assert_status(ws_request_header_at(request, 0, NULL, &value), WS_EINVAL);
  return WS_OK;
}

static ws_status filter_inner(ws_request* request, ws_next* next, void* data) {
  (void)data;
  assert_ok(ws_request_on_answer(request, see_inner, &inner, bracket_release));
  return ws_next_call(next, request);
}

static ws_status filter_outer(ws_request* request, ws_next* next, void* data) {
  (void)data;
  assert_ok(ws_request_on_answer(request, see_outer, &outer, bracket_release));
  return ws_next_call(next, request);
}

static void test_encode_rows__asks_filters_from_the_inside_out(void** state) {
  (void)state;
  struct fixture f;
  inner = outer = brackets();
  outer.open = "[";
  outer.close = "]";
  order[0] = '\0';
  fixture_make(&f, NULL);
  assert_ok(ws_server_use(f.server, filter_outer, NULL));
  assert_ok(ws_server_use(f.server, filter_inner, NULL));
  assert_ok(ws_server_on_answer(f.server, see_all, NULL));
  fixture_start(&f, answer, NULL);
  struct response response = bracket_ask(f.port, "GET", "/reply", "1.1");
  assert_string_equal(response.body, "[<][hello][>][$]$");
  assert_string_equal(response_field(&response, "Content-Length"), "17");
  response_free(&response);
  fixture_end(&f);
  assert_string_equal(order, "inner outer server");
  assert_int_equal(inner.released, 2);
  assert_int_equal(outer.released, 2);
}

/* -- What is not allowed -- */

static ws_status try_all(ws_request* request, void* data) {
  assert_status(ws_request_put_encoded(request, "x", 1), WS_ESTATE);
  assert_status(ws_request_put_encoded(NULL, "x", 1), WS_EINVAL);
  assert_status(ws_request_put_encoded(request, NULL, 1), WS_EINVAL);
  assert_status(ws_request_encode_body(request, NULL, NULL, bracket_release), WS_EINVAL);
  assert_status(ws_request_encode_body(NULL, bracket_encode, NULL, bracket_release), WS_EINVAL);
  assert_status(ws_request_on_answer(request, NULL, NULL, bracket_release), WS_EINVAL);
  assert_int_equal(ws_request_answer_size(NULL), -1);
  assert_int_equal(ws_request_answer_size(request), -1);
  assert_ok(ws_request_add_header(request, "Content-Length", "5"));
  assert_int_equal(ws_request_answer_size(request), 5);
  /* Another answer has no encoders. */
  assert_ok(bracket_body(request, data));
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_discard(request));
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_write(request, "hello", 5));
  assert_status(ws_request_encode_body(request, bracket_encode, data, bracket_release), WS_ESTATE);
  assert_status(ws_request_on_answer(request, see_all, data, bracket_release), WS_ESTATE);
  return ws_request_end(request);
}

static void test_encode_rows__refuses_what_comes_too_late(void** state) {
  (void)state;
  struct fixture f;
  struct bracket bracket = brackets();
  fixture_make(&f, NULL);
  fixture_start(&f, try_all, &bracket);
  struct response response = bracket_ask(f.port, "GET", "/", "1.1");
  assert_string_equal(response.body, "hello");
  response_free(&response);
  fixture_end(&f);
  assert_int_equal(bracket.released, 1);
  assert_int_equal(bracket.calls, 0);
}

static void test_encode_rows__tells_of_features(void** state) {
  (void)state;
  assert_int_equal(ws_has_feature("compress"), ws_has_feature("gzip") || ws_has_feature("brotli"));
  assert_int_equal(ws_has_feature("tls"), 0);
  assert_int_equal(ws_has_feature("br"), 0);
  assert_int_equal(ws_has_feature(""), 0);
  assert_int_equal(ws_has_feature(NULL), 0);
}

/* Which of them this build has, it says itself. */
static void test_encode_rows__refuses_what_was_not_built(void** state) {
  (void)state;
  static const struct {
    const char* feature;
    const char* settings;
    ws_status status;
    const char* message;
  } cases[] = {
      {"compress", NULL, WS_EUNKNOWN,
       "filter compress: this library was built without zlib and without brotli"},
      {"gzip", "encodings=gzip", WS_EINVAL,
       "encodings names gzip, and this library was built without zlib"},
      {"brotli", "encodings=br", WS_EINVAL,
       "encodings names br, and this library was built without brotli"},
  };
  const int has_any = ws_has_feature("compress");
  ws_server* server = ws_server_new();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    const int has_it = ws_has_feature(cases[i].feature);
    assert_status(ws_server_use_named(server, "compress", cases[i].settings), has_it ? WS_OK
                                                                              : has_any
                                                                                  ? cases[i].status
                                                                                  : WS_EUNKNOWN);
    if (!has_it) {
      assert_holds(ws_last_error(), has_any ? cases[i].message : cases[0].message);
    }
  }
  ws_server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_encode_rows__asks_filters_from_the_inside_out),
      cmocka_unit_test(test_encode_rows__refuses_what_comes_too_late),
      cmocka_unit_test(test_encode_rows__tells_of_features),
      cmocka_unit_test(test_encode_rows__refuses_what_was_not_built),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
