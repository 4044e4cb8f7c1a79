/* The filter compress: which answers it encodes, what it says of them, and that clients read them.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wserve/wserve.h>

#include "compress_site.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static void test_compress__takes_what_the_client_likes_best(void** state) {
  (void)state;
  static const struct {
    const char* accepted; /* NULL: the field is not there */
    const char* coding;
  } cases[] = {
      {NULL, NULL},
      {"", NULL},
      {"gzip", "gzip"},
      {"GZIP", "gzip"},
      {"x-gzip", "gzip"},
      {"br", "br"},
      {"gzip, deflate, br", "br"},
      {"gzip;q=1.0, br;q=0.9", "gzip"},
      {"gzip;q=0.5,br ; Q=0.5", "br"},
      {"gzip;q=0", NULL},
      {"gzip;q=0.000, br;q=0.001", "br"},
      {"*", "br"},
      {"*;q=0", NULL},
      {"br;q=0, *", "gzip"},
      {"identity", NULL},
      {"identity;q=0", NULL},
      {"identity;q=0, gzip", "gzip"},
      {"identity;q=0.5, gzip;q=0.4", NULL},
      {"identity;q=0.4, gzip;q=0.5", "gzip"},
      {"gzip;q=2", NULL},
      {"gzip;q=0.5555", NULL},
      {"gzip;q=1.001", NULL},
      {"gzip;q=", NULL},
      {"gzip;level=9", "gzip"},
      {"deflate, zstd", NULL},
      {"gzipped", NULL},
      {",,gzip,", "gzip"},
  };
  struct fixture f;
  struct plan plan = {200, site_html, SITE_SIZE};
  site_start(&f, &plan, NULL, "1");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char fields[128] = "";
    if (cases[i].accepted != NULL) {
      snprintf(fields, sizeof fields, "Accept-Encoding: %s\r\n", cases[i].accepted);
    }
    struct response response = site_ask(f.port, "GET", "/reply", fields);
    assert_body(&response, cases[i].coding, site_text, SITE_SIZE);
    assert_field(&response, "Vary", "Accept-Encoding");
    assert_non_null(response_field(&response, "Content-Length"));
    response_free(&response);
  }
  fixture_end(&f);
}

static void test_compress__leaves_what_must_stay(void** state) {
  (void)state;
  static const struct {
    struct plan plan;
    const char* vary;
  } cases[] = {
      {{200, "Content-Type: image/png", SITE_SIZE}, NULL},
      {{200, "X-Type: none", SITE_SIZE}, NULL},
      {{200, "Content-Type: text/event-stream", SITE_SIZE}, NULL},
      {{200, "Content-Type: text/html", 1023}, NULL},
      {{200, "Content-Type: text/html\nContent-Encoding: br", SITE_SIZE}, NULL},
      {{200, "Content-Type: text/html\nCache-Control: public\nCache-Control: No-Transform",
        SITE_SIZE},
       NULL},
      {{200, "Content-Type: text/html\nTrailer: Content-Digest", SITE_SIZE}, NULL},
      {{206, "Content-Type: text/html\nContent-Range: bytes 0-4999/9999", SITE_SIZE},
       "Accept-Encoding"},
      {{416, "Content-Type: text/html\nContent-Range: bytes */9999", SITE_SIZE}, "Accept-Encoding"},
      {{204, "Content-Type: text/html", 0}, NULL},
      {{205, "Content-Type: text/html", 0}, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct fixture f;
    struct plan plan = cases[i].plan;
    site_start(&f, &plan, NULL, "1");
    struct response response = site_ask(f.port, "GET", "/reply", site_gzip);
    assert_int_equal(response.status, plan.status);
    assert_int_equal(response.body_size, plan.size);
    assert_memory_equal(response.body, site_text, plan.size);
    assert_field(&response, "Vary", cases[i].vary);
    if (strstr(plan.fields, "Content-Encoding") == NULL) {
      assert_field(&response, "Content-Encoding", NULL);
    }
    response_free(&response);
    fixture_end(&f);
  }
}

static void test_compress__says_what_has_become_of_the_answer(void** state) {
  (void)state;
  struct fixture f;
  struct plan plan = {200,
                      "Content-Type: application/problem+json\nETag: \"v1\"\nVary: Cookie\n"
                      "Vary: Accept\nAccept-Ranges: bytes\nContent-MD5: x\nDigest: x\n"
                      "Content-Digest: x\nRepr-Digest: x\nContent-Length: 5000\nX-Other: stays",
                      SITE_SIZE};
  site_start(&f, &plan, NULL, "1");
  struct response response = site_ask(f.port, "GET", "/steps", site_gzip);
  assert_body(&response, "gzip", site_text, SITE_SIZE);
  assert_field(&response, "ETag", "W/\"v1\"");
  assert_field(&response, "Vary", "Cookie, Accept, Accept-Encoding");
  assert_field(&response, "X-Other", "stays");
  static const char* const gone[] = {"Accept-Ranges",  "Content-MD5", "Digest",
                                     "Content-Digest", "Repr-Digest", "Content-Length"};
  for (size_t i = 0; i < sizeof gone / sizeof gone[0]; ++i) {
    assert_field(&response, gone[i], NULL);
  }
  response_free(&response);
  response = site_ask(f.port, "GET", "/steps", "");
  assert_body(&response, NULL, site_text, SITE_SIZE);
  assert_field(&response, "ETag", "\"v1\"");
  assert_field(&response, "Accept-Ranges", "bytes");
  assert_field(&response, "Content-Digest", "x");
  response_free(&response);
  plan.fields = "Content-Type: text/html\nVary: *\nETag: W/\"v2\"";
  response = site_ask(f.port, "GET", "/reply", site_gzip);
  assert_field(&response, "Vary", "*");
  assert_field(&response, "ETag", "W/\"v2\"");
  response_free(&response);
  fixture_end(&f);
}

/* RFC 9110 §15.4.5: as the answer that the client has. */
static void test_compress__freshens_what_the_client_has(void** state) {
  (void)state;
  struct fixture f;
  struct plan plan = {304, "ETag: \"v1\"", 0};
  site_start(&f, &plan, NULL, "1");
  struct response response =
      site_ask(f.port, "GET", "/reply", "Accept-Encoding: gzip\r\nIf-None-Match: W/\"v1\"\r\n");
  assert_int_equal(response.status, 304);
  assert_field(&response, "ETag", "W/\"v1\"");
  assert_field(&response, "Vary", "Accept-Encoding");
  response_free(&response);
  response =
      site_ask(f.port, "GET", "/reply", "Accept-Encoding: gzip\r\nIf-None-Match: \"v1\"\r\n");
  assert_field(&response, "ETag", "\"v1\"");
  response_free(&response);
  fixture_end(&f);
}

static void test_compress__answers_head_as_get(void** state) {
  (void)state;
  struct fixture f;
  struct plan plan = {200, "Content-Type: text/css\nETag: \"v1\"", SITE_SIZE};
  site_start(&f, &plan, NULL, "1");
  struct response get = site_ask(f.port, "GET", "/reply", site_gzip);
  struct response head = site_ask(f.port, "HEAD", "/reply", site_gzip);
  static const char* const same[] = {"Content-Encoding", "Content-Length", "ETag", "Vary"};
  for (size_t i = 0; i < sizeof same / sizeof same[0]; ++i) {
    char* value = strdup(response_field(&get, same[i]));
    assert_field(&head, same[i], value);
    free(value);
  }
  assert_int_equal(head.body_size, 0);
  response_free(&get);
  response_free(&head);
  /* Who says the length of what it does not send. */
  plan = (struct plan){200, "Content-Type: text/css\nContent-Length: 5000", 0};
  head = site_ask(f.port, "HEAD", "/reply", site_gzip);
  assert_field(&head, "Content-Encoding", "gzip");
  assert_field(&head, "Content-Length", NULL);
  response_free(&head);
  fixture_end(&f);
}

static void test_compress__reads_files_through(void** state) {
  (void)state;
  for (int threads = 0; threads <= 2; threads += 2) {
    struct fixture f;
    struct plan plan = {200, "Content-Type: text/plain\nContent-Length: 5242880", SITE_LARGE};
    site_start(&f, &plan, NULL, threads == 0 ? "0" : "2");
    static const char* const codings[] = {"gzip", "br"};
    for (int i = 0; i < 2; ++i) {
      char fields[64];
      snprintf(fields, sizeof fields, "Accept-Encoding: %s\r\n", codings[i]);
      struct response response = site_ask(f.port, "GET", "/file", fields);
      assert_body(&response, codings[i], site_text, SITE_LARGE);
      response_free(&response);
    }
    fixture_end(&f);
  }
}

static ws_status see(ws_request* request, void* data) {
  (void)data;
  const char* coding = ws_request_header(request, "Content-Encoding");
  return ws_request_set_header(request, "X-Seen", coding != NULL ? coding : "none");
}

static void test_compress__is_seen_by_the_servers_callback(void** state) {
  (void)state;
  struct fixture f;
  struct plan plan = {200, site_html, SITE_SIZE};
  fixture_make(&f, NULL);
  assert_ok(ws_server_use_named(f.server, "compress", NULL));
  assert_ok(ws_server_on_answer(f.server, see, NULL));
  fixture_start(&f, site_answer, &plan);
  struct response response = site_ask(f.port, "GET", "/reply", site_gzip);
  assert_field(&response, "X-Seen", "gzip");
  response_free(&response);
  fixture_end(&f);
}

/* A client that everybody has. */
static void test_compress__is_read_by_curl(void** state) {
  (void)state;
  struct fixture f;
  struct plan plan = {200, site_html, SITE_LARGE};
  site_start(&f, &plan, NULL, "2");
  static const char* const codings[] = {"gzip", "br, gzip"};
  for (int i = 0; i < 2; ++i) {
    char command[256];
    snprintf(command, sizeof command,
             "curl -sS --fail --compressed -H 'Accept-Encoding: %s' http://127.0.0.1:%d/file",
             codings[i], f.port);
    FILE* out = popen(command, "r"); /* NOLINT(cert-env33-c) */
    assert_non_null(out);
    char* got = malloc(SITE_LARGE + 1);
    assert_int_equal(fread(got, 1, SITE_LARGE + 1, out), SITE_LARGE);
    assert_memory_equal(got, site_text, SITE_LARGE);
    free(got);
    assert_int_equal(pclose(out), 0);
  }
  fixture_end(&f);
}

int main(void) {
  if (!site_open()) {
    return 1;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_compress__takes_what_the_client_likes_best),
      cmocka_unit_test(test_compress__leaves_what_must_stay),
      cmocka_unit_test(test_compress__says_what_has_become_of_the_answer),
      cmocka_unit_test(test_compress__freshens_what_the_client_has),
      cmocka_unit_test(test_compress__answers_head_as_get),
      cmocka_unit_test(test_compress__reads_files_through),
      cmocka_unit_test(test_compress__is_seen_by_the_servers_callback),
      cmocka_unit_test(test_compress__is_read_by_curl),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  site_close();
  return failed;
}
