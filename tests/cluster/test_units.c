/* The units of examples/cluster/, as systemd reads them. */
#include <stdlib.h>

#include "support/cmocka.h"
#include "support/own_network.h"
#include "support/process.h"

static void must_run_script(const char* script) {
  must_run((const char*[]){"sh", "-ec", script, NULL});
}

/* systemd-analyze exits with 0 when it only warns. */
static void test_units__verify(void** state) {
  (void)state;
  must_run_script(
      "mount -t tmpfs none /usr/local/bin\n"
      "ln -s " WSERVE_FOLDER
      "/wserve /usr/local/bin/wserve\n"
      "mkdir -p /run/systemd/system\n"
      "cp " EXAMPLES "/wserve@.* /run/systemd/system\n");
  char* out = NULL;
  char* err = NULL;
  const int status = process_run((const char*[]){"systemd-analyze", "verify", "wserve@8080.socket",
                                                 "wserve@8080.service", NULL},
                                 &out, &err);
  assert_string_equal(err, "");
  assert_string_equal(out, "");
  assert_int_equal(status, 0);
  free(out);
  free(err);
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_units__verify),
  };
  return cmocka_run_group_tests_name("cluster/units", all, NULL, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
