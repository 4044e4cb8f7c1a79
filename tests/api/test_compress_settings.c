/* What the filter compress is told: that it refuses nonsense, does as it is told, and flushes. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wserve/wserve.h>

#include "compress_site.h"
#include "decode.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

static struct gate gate;

static ws_status tick(ws_request* request, void* data) {
  const char* type = data;
  assert_ok(ws_request_add_header(request, "Content-Type", type));
  assert_ok(ws_request_start(request, 200, NULL));
  assert_ok(ws_request_write(request, "data: one\n\n", 11));
  assert_ok(ws_request_flush(request));
  gate_pass(request, &gate);
  return ws_request_end(request);
}

/* The client reads the event while the application waits for it to do so. */
static void expect_flushed(const char* settings, const char* accepted) {
  struct fixture f;
  const char* const options[] = {"threads", "2", NULL};
  gate_make(&gate);
  fixture_make(&f, options);
  assert_ok(ws_server_use_named(f.server, "compress", settings));
  fixture_start(&f, tick, "text/event-stream");
  const int fd = client_connect(f.port);
  char request[128];
  snprintf(request, sizeof request, "GET / HTTP/1.0\r\nAccept-Encoding: %s\r\n\r\n", accepted);
  client_send_text(fd, request);
  gate_wait_for(&gate, 1);
  char* got = NULL;
  size_t size = 0;
  char* event = NULL;
  while (event == NULL || strstr(event, "data: one\n\n") == NULL) {
    char* more = client_read_bytes(fd, 1);
    got = realloc(got, size + 2);
    got[size++] = *more;
    got[size] = '\0';
    free(more);
    const char* body = memmem(got, size, "\r\n\r\n", 4);
    if (body != NULL) {
      free(event);
      event = decode_so_far(body + 4, size - (size_t)(body + 4 - got));
      assert_non_null(event);
    }
  }
  free(event);
  free(got);
  gate_open(&gate);
  client_close(fd);
  fixture_end(&f);
}

static void test_compress_settings__flushes(void** state) {
  (void)state;
  expect_flushed("types=text/event-stream sync=false", "gzip");
  expect_flushed("types=text/event-stream", "gzip");
}

static void test_compress_settings__keeps_parts_together_when_it_may(void** state) {
  (void)state;
  size_t sizes[2];
  for (int sync = 0; sync < 2; ++sync) {
    struct fixture f;
    struct plan plan = {200, site_html, SITE_SIZE};
    site_start(&f, &plan, sync ? "sync=true" : "sync=false", "1");
    struct response response = site_ask(f.port, "GET", "/steps", site_gzip);
    assert_body(&response, "gzip", site_text, SITE_SIZE);
    sizes[sync] = response.body_size;
    response_free(&response);
    fixture_end(&f);
  }
  assert_true(sizes[0] < sizes[1]);
}

static void test_compress_settings__refuses_settings(void** state) {
  (void)state;
  static const struct {
    const char* settings;
    ws_status status;
    const char* message;
  } cases[] = {
      {"levl=1", WS_EUNKNOWN,
       "filter compress: \"levl\" is not a setting; there are types, min_size, level, encodings, "
       "sync"},
      {"level=0", WS_EINVAL, "filter compress: level must be 1..9, got \"0\""},
      {"level=10", WS_EINVAL, "level must be 1..9, got \"10\""},
      {"level=", WS_EINVAL, "level must be 1..9, got \"\""},
      {"min_size=-1", WS_EINVAL, "min_size must be a number of bytes, got \"-1\""},
      {"min_size=1k", WS_EINVAL, "min_size must be a number of bytes, got \"1k\""},
      {"encodings=zstd", WS_EINVAL, "encodings must be br and gzip, or one of them, got \"zstd\""},
      {"encodings=''", WS_EINVAL, "encodings must be br and gzip, or one of them, got \"\""},
      {"types=html", WS_EINVAL, "types must be media types such as text/html, text/* and "},
      {"types='text/html te*t/html'", WS_EINVAL, "got \"te*t/html\""},
      {"sync=maybe", WS_EINVAL, "sync must be true or false, got \"maybe\""},
  };
  ws_server* server = ws_server_new();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    assert_status(ws_server_use_named(server, "compress", cases[i].settings), cases[i].status);
    assert_holds(ws_last_error(), cases[i].message);
  }
  assert_ok(ws_server_use_named(server, "compress",
                                "types='text/*, */*+json' encodings='gzip br' level=9"));
  ws_server_free(server);
}

static void test_compress_settings__does_as_its_settings_say(void** state) {
  (void)state;
  static const struct {
    const char* settings;
    const char* type;
    size_t size;
    const char* coding;
  } cases[] = {
      {"encodings=gzip", "text/html", SITE_SIZE, "gzip"},
      {"encodings='gzip, br'", "text/html", SITE_SIZE, "gzip"},
      {"min_size=5001", "text/html", SITE_SIZE, NULL},
      {"min_size=100", "text/html", 200, "br"},
      {"types=image/png", "image/png", SITE_SIZE, "br"},
      {"types=image/png", "text/html", SITE_SIZE, NULL},
      {"types=*/*", "a/b", SITE_SIZE, "br"},
      {"types=*/*+json", "Application/VND.a+JSON ; x=y", SITE_SIZE, "br"},
      {"types=*/*", "text/event-stream", SITE_SIZE, NULL},
      {"level=1", "text/html", SITE_SIZE, "br"},
      {"level=9", "text/html", SITE_SIZE, "br"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct fixture f;
    char fields[96];
    snprintf(fields, sizeof fields, "Content-Type: %s", cases[i].type);
    struct plan plan = {200, fields, cases[i].size};
    site_start(&f, &plan, cases[i].settings, "1");
    struct response response = site_ask(f.port, "GET", "/reply", "Accept-Encoding: gzip, br\r\n");
    assert_body(&response, cases[i].coding, site_text, cases[i].size);
    response_free(&response);
    fixture_end(&f);
  }
}

int main(void) {
  if (!site_open()) {
    return 1;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_compress_settings__flushes),
      cmocka_unit_test(test_compress_settings__keeps_parts_together_when_it_may),
      cmocka_unit_test(test_compress_settings__refuses_settings),
      cmocka_unit_test(test_compress_settings__does_as_its_settings_say),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  site_close();
  return failed;
}
