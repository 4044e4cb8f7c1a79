/* The filter compress: which answers it encodes, what it says of them, and that clients read them.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "decode.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { SIZE = 5000, LARGE = 5 * 1024 * 1024 };

static char text[SIZE + 1];
static char* large;
static int file;

/* What the answer to the next request has: lines of `Name: value`. */
struct plan {
  int status;
  const char* fields;
  size_t size;
};

static void add_fields(ws_request* request, const char* fields) {
  char* copy = strdup(fields);
  char* rest = copy;
  for (char* line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
    char* value = strstr(line, ": ");
    if (value != NULL) {
      *value = '\0';
      assert_ok(ws_request_add_header(request, line, value + 2));
    }
  }
  free(copy);
}

static ws_status answer(ws_request* request, void* data) {
  const struct plan* plan = data;
  const char* path = ws_request_get(request, "PATH_INFO");
  add_fields(request, plan->fields);
  if (strcmp(path, "/reply") == 0) {
    return ws_request_reply(request, plan->status, NULL, text, plan->size);
  }
  ws_status status = ws_request_start(request, plan->status, NULL);
  if (strcmp(path, "/file") == 0) {
    status = ws_request_send_file(request, file, 0, LARGE);
  } else if (strcmp(path, "/steps") == 0) {
    for (size_t i = 0; i < plan->size && status == WS_OK; i += 100) {
      status = ws_request_write(request, text + i, 100);
    }
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

static const char html[] = "Content-Type: text/html; charset=utf-8";

static void start(struct fixture* f, struct plan* plan, const char* settings, const char* threads) {
  const char* const options[] = {"threads", threads, NULL};
  fixture_make(f, options);
  assert_ok(ws_server_use_named(f->server, "compress", settings));
  fixture_start(f, answer, plan);
}

static struct response ask(int port, const char* method, const char* path, const char* fields) {
  char request[512];
  snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, path, fields);
  const int fd = client_connect(port);
  client_send_text(fd, request);
  struct response response = client_read(fd, strcmp(method, "HEAD") == 0);
  client_close(fd);
  return response;
}

static void assert_field(const struct response* response, const char* name, const char* value) {
  const char* got = response_field(response, name);
  if (value == NULL) {
    assert_null(got);
  } else {
    assert_non_null(got);
    assert_string_equal(got, value);
  }
}

/* The body is what it is without its coding; NULL: it has none. */
static void assert_body(const struct response* response, const char* coding, const char* expected,
                        size_t size) {
  assert_field(response, "Content-Encoding", coding);
  if (coding == NULL) {
    assert_int_equal(response->body_size, size);
    assert_memory_equal(response->body, expected, size);
    return;
  }
  size_t decoded = 0;
  char* body = decode(coding, response->body, response->body_size, &decoded);
  assert_non_null(body);
  assert_int_equal(decoded, size);
  assert_memory_equal(body, expected, size);
  assert_true(response->body_size < size);
  free(body);
}

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
  struct plan plan = {200, html, SIZE};
  start(&f, &plan, NULL, "1");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    char fields[128] = "";
    if (cases[i].accepted != NULL) {
      snprintf(fields, sizeof fields, "Accept-Encoding: %s\r\n", cases[i].accepted);
    }
    struct response response = ask(f.port, "GET", "/reply", fields);
    assert_body(&response, cases[i].coding, text, SIZE);
    assert_field(&response, "Vary", "Accept-Encoding");
    assert_non_null(response_field(&response, "Content-Length"));
    response_free(&response);
  }
  fixture_end(&f);
}

static const char gzip[] = "Accept-Encoding: gzip\r\n";

static void test_compress__leaves_what_must_stay(void** state) {
  (void)state;
  static const struct {
    struct plan plan;
    const char* vary;
  } cases[] = {
      {{200, "Content-Type: image/png", SIZE}, NULL},
      {{200, "X-Type: none", SIZE}, NULL},
      {{200, "Content-Type: text/event-stream", SIZE}, NULL},
      {{200, "Content-Type: text/html", 1023}, NULL},
      {{200, "Content-Type: text/html\nContent-Encoding: br", SIZE}, NULL},
      {{200, "Content-Type: text/html\nCache-Control: public\nCache-Control: No-Transform", SIZE},
       NULL},
      {{200, "Content-Type: text/html\nTrailer: Content-Digest", SIZE}, NULL},
      {{206, "Content-Type: text/html\nContent-Range: bytes 0-4999/9999", SIZE}, "Accept-Encoding"},
      {{416, "Content-Type: text/html\nContent-Range: bytes */9999", SIZE}, "Accept-Encoding"},
      {{204, "Content-Type: text/html", 0}, NULL},
      {{205, "Content-Type: text/html", 0}, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct fixture f;
    struct plan plan = cases[i].plan;
    start(&f, &plan, NULL, "1");
    struct response response = ask(f.port, "GET", "/reply", gzip);
    assert_int_equal(response.status, plan.status);
    assert_int_equal(response.body_size, plan.size);
    assert_memory_equal(response.body, text, plan.size);
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
                      SIZE};
  start(&f, &plan, NULL, "1");
  struct response response = ask(f.port, "GET", "/steps", gzip);
  assert_body(&response, "gzip", text, SIZE);
  assert_field(&response, "ETag", "W/\"v1\"");
  assert_field(&response, "Vary", "Cookie, Accept, Accept-Encoding");
  assert_field(&response, "X-Other", "stays");
  static const char* const gone[] = {"Accept-Ranges",  "Content-MD5", "Digest",
                                     "Content-Digest", "Repr-Digest", "Content-Length"};
  for (size_t i = 0; i < sizeof gone / sizeof gone[0]; ++i) {
    assert_field(&response, gone[i], NULL);
  }
  response_free(&response);
  response = ask(f.port, "GET", "/steps", "");
  assert_body(&response, NULL, text, SIZE);
  assert_field(&response, "ETag", "\"v1\"");
  assert_field(&response, "Accept-Ranges", "bytes");
  assert_field(&response, "Content-Digest", "x");
  response_free(&response);
  plan.fields = "Content-Type: text/html\nVary: *\nETag: W/\"v2\"";
  response = ask(f.port, "GET", "/reply", gzip);
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
  start(&f, &plan, NULL, "1");
  struct response response =
      ask(f.port, "GET", "/reply", "Accept-Encoding: gzip\r\nIf-None-Match: W/\"v1\"\r\n");
  assert_int_equal(response.status, 304);
  assert_field(&response, "ETag", "W/\"v1\"");
  assert_field(&response, "Vary", "Accept-Encoding");
  response_free(&response);
  response = ask(f.port, "GET", "/reply", "Accept-Encoding: gzip\r\nIf-None-Match: \"v1\"\r\n");
  assert_field(&response, "ETag", "\"v1\"");
  response_free(&response);
  fixture_end(&f);
}

static void test_compress__answers_head_as_get(void** state) {
  (void)state;
  struct fixture f;
  struct plan plan = {200, "Content-Type: text/css\nETag: \"v1\"", SIZE};
  start(&f, &plan, NULL, "1");
  struct response get = ask(f.port, "GET", "/reply", gzip);
  struct response head = ask(f.port, "HEAD", "/reply", gzip);
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
  head = ask(f.port, "HEAD", "/reply", gzip);
  assert_field(&head, "Content-Encoding", "gzip");
  assert_field(&head, "Content-Length", NULL);
  response_free(&head);
  fixture_end(&f);
}

static void test_compress__reads_files_through(void** state) {
  (void)state;
  for (int threads = 0; threads <= 2; threads += 2) {
    struct fixture f;
    struct plan plan = {200, "Content-Type: text/plain\nContent-Length: 5242880", LARGE};
    start(&f, &plan, NULL, threads == 0 ? "0" : "2");
    static const char* const codings[] = {"gzip", "br"};
    for (int i = 0; i < 2; ++i) {
      char fields[64];
      snprintf(fields, sizeof fields, "Accept-Encoding: %s\r\n", codings[i]);
      struct response response = ask(f.port, "GET", "/file", fields);
      assert_body(&response, codings[i], large, LARGE);
      response_free(&response);
    }
    fixture_end(&f);
  }
}

/* -- What is flushed arrives -- */

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

static void test_compress__flushes(void** state) {
  (void)state;
  expect_flushed("types=text/event-stream sync=false", "gzip");
  expect_flushed("types=text/event-stream", "gzip");
}

static void test_compress__keeps_parts_together_when_it_may(void** state) {
  (void)state;
  size_t sizes[2];
  for (int sync = 0; sync < 2; ++sync) {
    struct fixture f;
    struct plan plan = {200, html, SIZE};
    start(&f, &plan, sync ? "sync=true" : "sync=false", "1");
    struct response response = ask(f.port, "GET", "/steps", gzip);
    assert_body(&response, "gzip", text, SIZE);
    sizes[sync] = response.body_size;
    response_free(&response);
    fixture_end(&f);
  }
  assert_true(sizes[0] < sizes[1]);
}

static void test_compress__refuses_settings(void** state) {
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

static void test_compress__does_as_its_settings_say(void** state) {
  (void)state;
  static const struct {
    const char* settings;
    const char* type;
    size_t size;
    const char* coding;
  } cases[] = {
      {"encodings=gzip", "text/html", SIZE, "gzip"},
      {"encodings='gzip, br'", "text/html", SIZE, "gzip"},
      {"min_size=5001", "text/html", SIZE, NULL},
      {"min_size=100", "text/html", 200, "br"},
      {"types=image/png", "image/png", SIZE, "br"},
      {"types=image/png", "text/html", SIZE, NULL},
      {"types=*/*", "a/b", SIZE, "br"},
      {"types=*/*+json", "Application/VND.a+JSON ; x=y", SIZE, "br"},
      {"types=*/*", "text/event-stream", SIZE, NULL},
      {"level=1", "text/html", SIZE, "br"},
      {"level=9", "text/html", SIZE, "br"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    struct fixture f;
    char fields[96];
    snprintf(fields, sizeof fields, "Content-Type: %s", cases[i].type);
    struct plan plan = {200, fields, cases[i].size};
    start(&f, &plan, cases[i].settings, "1");
    struct response response = ask(f.port, "GET", "/reply", "Accept-Encoding: gzip, br\r\n");
    assert_body(&response, cases[i].coding, text, cases[i].size);
    response_free(&response);
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
  struct plan plan = {200, html, SIZE};
  fixture_make(&f, NULL);
  assert_ok(ws_server_use_named(f.server, "compress", NULL));
  assert_ok(ws_server_on_answer(f.server, see, NULL));
  fixture_start(&f, answer, &plan);
  struct response response = ask(f.port, "GET", "/reply", gzip);
  assert_field(&response, "X-Seen", "gzip");
  response_free(&response);
  fixture_end(&f);
}

/* A client that everybody has. */
static void test_compress__is_read_by_curl(void** state) {
  (void)state;
  struct fixture f;
  struct plan plan = {200, html, LARGE};
  start(&f, &plan, NULL, "2");
  static const char* const codings[] = {"gzip", "br, gzip"};
  for (int i = 0; i < 2; ++i) {
    char command[256];
    snprintf(command, sizeof command,
             "curl -sS --fail --compressed -H 'Accept-Encoding: %s' http://127.0.0.1:%d/file",
             codings[i], f.port);
    FILE* out = popen(command, "r"); /* NOLINT(cert-env33-c) */
    assert_non_null(out);
    char* got = malloc(LARGE + 1);
    assert_int_equal(fread(got, 1, LARGE + 1, out), LARGE);
    assert_memory_equal(got, large, LARGE);
    free(got);
    assert_int_equal(pclose(out), 0);
  }
  fixture_end(&f);
}

int main(void) {
  large = malloc(LARGE);
  file = memfd_create("large", MFD_CLOEXEC);
  for (size_t i = 0; i < LARGE; ++i) {
    large[i] = "It was a dark and stormy night.\n"[(i * 7 + i / 97) % 32];
  }
  memcpy(text, large, SIZE);
  if (write(file, large, LARGE) != LARGE) {
    return 1;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_compress__takes_what_the_client_likes_best),
      cmocka_unit_test(test_compress__leaves_what_must_stay),
      cmocka_unit_test(test_compress__says_what_has_become_of_the_answer),
      cmocka_unit_test(test_compress__freshens_what_the_client_has),
      cmocka_unit_test(test_compress__answers_head_as_get),
      cmocka_unit_test(test_compress__reads_files_through),
      cmocka_unit_test(test_compress__flushes),
      cmocka_unit_test(test_compress__keeps_parts_together_when_it_may),
      cmocka_unit_test(test_compress__refuses_settings),
      cmocka_unit_test(test_compress__does_as_its_settings_say),
      cmocka_unit_test(test_compress__is_seen_by_the_servers_callback),
      cmocka_unit_test(test_compress__is_read_by_curl),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  free(large);
  close(file);
  return failed;
}
