/* The kinds of mistakes that the HTTP Garden (github.com/narfindustries/http-garden) has found in
 * servers, one test for each kind that concerns an origin server. */
#define _GNU_SOURCE
#include "recorder.h"
#include "support/cmocka.h"

#define HOST "Host: a\r\n"
#define HEAD "POST /1 HTTP/1.1\r\n" HOST
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define END "0\r\n\r\n"
#define NEXT "GET /2 HTTP/1.1\r\n" HOST "\r\n"
#define FIELD(line) "GET /1 HTTP/1.1\r\n" HOST line "\r\n\r\n" NEXT
#define LENGTH(value) HEAD "Content-Length: " value "\r\n\r\n" NEXT
#define CODING(value) HEAD "Transfer-Encoding: " value "\r\n\r\n" END NEXT
#define LINE(line) line "\r\n" HOST "\r\n" NEXT

static struct recorder recorder;

static int start(void** state) {
  (void)state;
  recorder_start(&recorder, NULL);
  return 0;
}

static void test_garden__ends(void** state) {
  (void)state;
  recorder_end(&recorder);
}

static void test_garden__lengths_are_digits(void** state) {
  (void)state;
  static const struct bytes list[] = {BYTES(LENGTH("+31")),
                                      BYTES(LENGTH("-31")),
                                      BYTES(LENGTH("0x1f")),
                                      BYTES(LENGTH("3_1")),
                                      BYTES(LENGTH("3 1")),
                                      BYTES(LENGTH("31 x")),
                                      BYTES(LENGTH("0o37")),
                                      BYTES(LENGTH("31;")),
                                      BYTES(LENGTH("31.")),
                                      BYTES(LENGTH("\"31\"")),
                                      BYTES(LENGTH("31\0")),
                                      BYTES(CHUNKED "+1\r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED "-1\r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED "0x1\r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED "1_0\r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED " 1\r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED "1 \r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED "1z\r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED "\x81\r\nx\r\n" END NEXT)};
  assert_refused(&recorder, list, "400");
  static const struct bytes huge[] = {BYTES(LENGTH("18446744073709551647")),
                                      BYTES(LENGTH("340282366920938463463374607431768211487")),
                                      BYTES(CHUNKED "10000000000000001\r\nx\r\n" END NEXT),
                                      BYTES(CHUNKED "ffffffffffffffff\r\nx\r\n" END NEXT)};
  assert_refused(&recorder, huge, "413");
}

static void test_garden__empty_lengths_are_errors(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(LENGTH("")), BYTES(LENGTH(" \t ")), BYTES(CHUNKED "\r\n" END NEXT),
      BYTES(CHUNKED ";a\r\n" END NEXT), BYTES(CHUNKED "1\r\nx\r\n\r\n" NEXT)};
  assert_refused(&recorder, list, "400");
}

static void test_garden__two_lengths_are_none(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(HEAD "Content-Length: 0\r\nContent-Length: 31\r\n\r\n" NEXT),
      BYTES(HEAD "Content-Length: 31\r\nContent-Length: 0\r\n\r\n" NEXT), BYTES(LENGTH("0, 31")),
      BYTES(LENGTH("31,31")), BYTES(LENGTH(",31"))};
  assert_refused(&recorder, list, "400");
}

static void test_garden__lists_of_codings(void** state) {
  (void)state;
  assert_asked(&recorder, CODING(", chunked ,"), "200 200", "POST /1 |GET /2 |");
  assert_asked(&recorder, HEAD "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n" END NEXT,
               "200 200", "POST /1 |GET /2 |");
  static const struct bytes known_end[] = {
      BYTES(CODING("gzip, chunked")),
      BYTES(HEAD "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" END NEXT)};
  assert_refused(&recorder, known_end, "501");
  static const struct bytes list[] = {
      BYTES(CODING("gzip")),
      BYTES(CODING("identity")),
      BYTES(CODING("xchunked")),
      BYTES(CODING("chunked, gzip")),
      BYTES(CODING("chunked;a=b")),
      BYTES(CODING("\"chunked\"")),
      BYTES(CODING("chunked chunked")),
      BYTES(HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" END NEXT)};
  assert_refused(&recorder, list, "400");
}

static void test_garden__high_bytes_are_no_blanks(void** state) {
  (void)state;
  static const struct bytes codings[] = {BYTES(CODING("\x85"
                                                      "chunked")),
                                         BYTES(CODING("chunked\xa0"))};
  assert_refused(&recorder, codings, "400");
  static const struct bytes list[] = {BYTES(LENGTH("31\x85")),
                                      BYTES(LENGTH("\xa0"
                                                   "31")),
                                      BYTES(FIELD("X\xa0: b")), BYTES(FIELD("\x85X: b")),
                                      BYTES(LINE("GET\xa0/1 HTTP/1.1"))};
  assert_refused(&recorder, list, "400");
}

static void test_garden__nul_cr_and_lf_in_values(void** state) {
  (void)state;
  static const struct bytes list[] = {BYTES(FIELD("X: a\0b")),
                                      BYTES(FIELD("X: a\rb")),
                                      BYTES(FIELD("X: a\nb")),
                                      BYTES(FIELD("X: \0")),
                                      BYTES(FIELD("X: a\r")),
                                      BYTES(FIELD("X: a\n")),
                                      BYTES(FIELD("Host: a\0b")),
                                      BYTES(LENGTH("0\0"
                                                   "31"))};
  assert_refused(&recorder, list, "400");
}

static void test_garden__names(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(FIELD(": b")),      BYTES(FIELD("X")),        BYTES(FIELD("X : b")),
      BYTES(FIELD("X\t: b")),   BYTES(FIELD("X Y: b")),   BYTES(FIELD("X\0: b")),
      BYTES(FIELD("X\x0b: b")), BYTES(FIELD("(X): b")),   BYTES(FIELD("X: b\r\n c")),
      BYTES(FIELD(" X: b")),    BYTES(FIELD("X\x7f: b")), BYTES(FIELD("\"X\": b"))};
  assert_refused(&recorder, list, "400");
}

static void test_garden__lf_ends_no_line(void** state) {
  (void)state;
  static const struct bytes list[] = {BYTES("GET /1 HTTP/1.1\nHost: a\n\n" NEXT),
                                      BYTES(FIELD("X: b\nY: c")), BYTES(FIELD("\nX: b")),
                                      BYTES("\nGET /1 HTTP/1.1\r\n" HOST "\r\n" NEXT),
                                      BYTES(CHUNKED "1\nx\n0\n\n" NEXT)};
  assert_refused(&recorder, list, "400");
}

static void test_garden__versions_are_exact(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(LINE("GET /1 HTTP/1.1x")),  BYTES(LINE("GET /1 HTTP/1.10")),
      BYTES(LINE("GET /1 HTTP/257.1")), BYTES(LINE("GET /1 HTTP/1.257")),
      BYTES(LINE("GET /1 HTTP/01.1")),  BYTES(LINE("GET /1 http/1.1")),
      BYTES(LINE("GET /1 HTTQ/1.1")),   BYTES(LINE("GET /1 HTTP/1")),
      BYTES(LINE("GET /1 ")),           BYTES(LINE("GET /1 HTTP/1.1 ")),
      BYTES(LINE("GET /1 ICE/1.0")),    BYTES(LINE("GET /1"))};
  assert_refused(&recorder, list, "400");
}

static void test_garden__methods_and_targets_are_checked_whole(void** state) {
  (void)state;
  static const struct bytes list[] = {
      BYTES(LINE("G(T /1 HTTP/1.1")),         BYTES(LINE("GE\0T /1 HTTP/1.1")),
      BYTES(LINE("\"GET\" /1 HTTP/1.1")),     BYTES(LINE(" GET /1 HTTP/1.1")),
      BYTES(LINE("GET /\0 HTTP/1.1")),        BYTES(LINE("GET /\t HTTP/1.1")),
      BYTES(LINE("GET /#1 HTTP/1.1")),        BYTES(LINE("GET /\xff HTTP/1.1")),
      BYTES(LINE("GET 1 HTTP/1.1")),          BYTES(LINE("GET http:///1 HTTP/1.1")),
      BYTES(LINE("GET http://u@a/ HTTP/1.1"))};
  assert_refused(&recorder, list, "400");
}

static void test_garden__only_lf_stands_behind_cr(void** state) {
  (void)state;
  static const struct bytes list[] = {BYTES("GET /1 HTTP/1.1\r\n" HOST "\rX" NEXT),
                                      BYTES("GET /1 HTTP/1.1\rX" HOST "\r\n" NEXT),
                                      BYTES("GET /1 HTTP/1.1\r\nHost: a\rX\r\n" NEXT),
                                      BYTES(CHUNKED "1\rXx\r\n" END NEXT),
                                      BYTES(CHUNKED "1\r\nxXX" END NEXT),
                                      BYTES(CHUNKED "1\r\nx\rX" END NEXT),
                                      BYTES(CHUNKED "0\r\n\rX" NEXT),
                                      BYTES(CHUNKED "0\r\nX: y\rX\r\n" NEXT)};
  assert_refused(&recorder, list, "400");
}

static void test_garden__a_bad_chunk_ends_the_connection(void** state) {
  (void)state;
  static const struct bytes list[] = {BYTES(CHUNKED "1\r\nxy\r\n" END NEXT),
                                      BYTES(CHUNKED "x\r\n" END NEXT),
                                      BYTES(CHUNKED "2\r\nx\r\n" END NEXT)};
  assert_refused(&recorder, list, "400");
}

static void test_garden__what_stands_before_garbage_is_answered(void** state) {
  (void)state;
  assert_asked(&recorder, NEXT "\0\1\2", "200 400", "GET /2 |");
  assert_asked(&recorder, NEXT "garbage\r\n\r\n" NEXT, "200 400", "GET /2 |");
  assert_asked(&recorder, NEXT LENGTH("x"), "200 400", "GET /2 |");
}

static void test_garden__length_0_ends_the_request(void** state) {
  (void)state;
  assert_asked(&recorder, LENGTH("0"), "200 200", "POST /1 |GET /2 |");
  assert_asked(&recorder, "GET /1 HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n" NEXT, "200 200",
               "GET /1 |GET /2 |");
  assert_asked(&recorder, CHUNKED END NEXT, "200 200", "POST /1 |GET /2 |");
}

/* What proxies have let through as it came. */
static void test_garden__no_proxy_has_cleaned_it(void** state) {
  (void)state;
  assert_asked(&recorder, "GET /1 HTTP/1.1\r\n" HOST "Content-Length: 28\r\n\r\n" NEXT NEXT,
               "200 200", "GET /1 " NEXT "|GET /2 |");
  static const struct bytes list[] = {BYTES(FIELD("X-Forwarded-For: 1\0")),
                                      BYTES(FIELD("X-Forwarded-For: 1\r\n 2"))};
  assert_refused(&recorder, list, "400");
}

static void test_garden__a_byte_behind_a_chunked_body(void** state) {
  (void)state;
  assert_asked(&recorder, CHUNKED "1\r\nx\r\n" END "\0", "200 400", "POST /1 x|");
  assert_asked(&recorder, CHUNKED "1\r\nx\r\n" END "X", "200", "POST /1 x|");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_garden__lengths_are_digits),
      cmocka_unit_test(test_garden__empty_lengths_are_errors),
      cmocka_unit_test(test_garden__two_lengths_are_none),
      cmocka_unit_test(test_garden__lists_of_codings),
      cmocka_unit_test(test_garden__high_bytes_are_no_blanks),
      cmocka_unit_test(test_garden__nul_cr_and_lf_in_values),
      cmocka_unit_test(test_garden__names),
      cmocka_unit_test(test_garden__lf_ends_no_line),
      cmocka_unit_test(test_garden__versions_are_exact),
      cmocka_unit_test(test_garden__methods_and_targets_are_checked_whole),
      cmocka_unit_test(test_garden__only_lf_stands_behind_cr),
      cmocka_unit_test(test_garden__a_bad_chunk_ends_the_connection),
      cmocka_unit_test(test_garden__what_stands_before_garbage_is_answered),
      cmocka_unit_test(test_garden__length_0_ends_the_request),
      cmocka_unit_test(test_garden__no_proxy_has_cleaned_it),
      cmocka_unit_test(test_garden__a_byte_behind_a_chunked_body),
      cmocka_unit_test(test_garden__ends),
  };
  return cmocka_run_group_tests_name("regress/http_garden", tests, start, NULL);
}
