/* ws_option_* and ws_status_*: descriptions and names. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/cmocka.h"

static void test_option__every_option_is_described(void** state) {
  (void)state;
  assert_true(ws_option_count() > 40);
  for (size_t i = 0; i < ws_option_count(); ++i) {
    assert_true(strlen(ws_option_name(i)) > 0);
    assert_true(strlen(ws_option_type(i)) > 0);
    assert_non_null(ws_option_unit(i));
    assert_non_null(ws_option_default(i));
    assert_non_null(ws_option_range(i));
    assert_true(strlen(ws_option_help(i)) > 10);
    assert_string_equal(ws_option_since(i), "1.0");
  }
}

static void test_option__every_example_is_accepted(void** state) {
  (void)state;
  for (size_t i = 0; i < ws_option_count(); ++i) {
    ws_server* server = ws_server_new();
    assert_true(strlen(ws_option_example(i)) > 0);
    assert_ok(ws_server_set(server, ws_option_name(i), ws_option_example(i)));
    ws_server_free(server);
  }
}

static void test_option__every_example_leads_to_other_options(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  for (size_t i = 0; i < ws_option_count(); ++i) {
    char* names = strdup(ws_option_see_also(i));
    size_t count = 0;
    for (char* name = strtok(names, " "); name != NULL; name = strtok(NULL, " "), ++count) {
      assert_non_null(ws_server_get(server, name));
      assert_string_not_equal(name, ws_option_name(i));
    }
    assert_true(count > 0);
    free(names);
  }
  ws_server_free(server);
}

static void test_option__there_is_none_behind_the_last(void** state) {
  (void)state;
  const size_t end = ws_option_count();
  assert_null(ws_option_name(end));
  assert_null(ws_option_type(end));
  assert_null(ws_option_unit(end));
  assert_null(ws_option_default(end));
  assert_null(ws_option_range(end));
  assert_null(ws_option_help(end));
  assert_null(ws_option_since(end));
  assert_null(ws_option_example(end));
  assert_null(ws_option_see_also(end));
}

static void test_option__every_name_can_be_set_to_its_default(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  for (size_t i = 0; i < ws_option_count(); ++i) {
    assert_string_equal(ws_server_get(server, ws_option_name(i)), ws_option_default(i));
    assert_ok(ws_server_set(server, ws_option_name(i), ws_option_default(i)));
  }
  ws_server_free(server);
}

static void test_status__has_names(void** state) {
  (void)state;
  assert_string_equal(ws_status_name(WS_OK), "WS_OK");
  assert_string_equal(ws_status_name(WS_TIMEOUT), "WS_TIMEOUT");
  assert_string_equal(ws_status_name(WS_INTERRUPTED), "WS_INTERRUPTED");
  assert_string_equal(ws_status_name(WS_CLOSED), "WS_CLOSED");
  assert_string_equal(ws_status_name(WS_EINVAL), "WS_EINVAL");
  assert_string_equal(ws_status_name(WS_ENOMEM), "WS_ENOMEM");
  assert_string_equal(ws_status_name(WS_ESTATE), "WS_ESTATE");
  assert_string_equal(ws_status_name(WS_EUNKNOWN), "WS_EUNKNOWN");
  assert_string_equal(ws_status_name(WS_EDISCONNECTED), "WS_EDISCONNECTED");
  assert_string_equal(ws_status_name(WS_ECONFLICT), "WS_ECONFLICT");
  assert_string_equal(ws_status_name(WS_ESYSTEM), "WS_ESYSTEM");
  assert_string_equal(ws_status_name(WS_EAPP), "WS_EAPP");
  assert_string_equal(ws_status_name(WS_EINTERNAL), "WS_EINTERNAL");
  assert_string_equal(ws_status_name((ws_status)-999), "unknown status");
}

static void test_status__versions_agree(void** state) {
  (void)state;
  assert_string_equal(ws_version(), WS_VERSION_TEXT);
  assert_int_equal(ws_abi_version(), 1);
}

static void test_status__last_error_is_never_null(void** state) {
  (void)state;
  assert_non_null(ws_last_error());
  assert_status(ws_server_set(NULL, "a", "b"), WS_EINVAL);
  assert_string_equal(ws_last_error(), "server must not be NULL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_option__every_option_is_described),
      cmocka_unit_test(test_option__every_example_is_accepted),
      cmocka_unit_test(test_option__every_example_leads_to_other_options),
      cmocka_unit_test(test_option__there_is_none_behind_the_last),
      cmocka_unit_test(test_option__every_name_can_be_set_to_its_default),
      cmocka_unit_test(test_status__has_names),
      cmocka_unit_test(test_status__versions_agree),
      cmocka_unit_test(test_status__last_error_is_never_null),
  };
  return cmocka_run_group_tests_name("api/option", tests, NULL, NULL);
}
