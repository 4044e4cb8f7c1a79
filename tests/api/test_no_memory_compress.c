/* Every allocation on the way of an encoded answer fails once, one after the other: the client gets
 * all of the body, encoded or not, or sees that it did not; the next client gets it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wserve/wserve.h>

#include "decode.h"
#include "failing_malloc.h"
#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"

enum { SIZE = 5000, MOST = 4000 };

static char text[SIZE];

static ws_status answer(ws_request* request, void* data) {
  (void)data;
  ws_status status = ws_request_add_header(request, "Content-Type", "text/html");
  if (status != WS_OK) {
    return status;
  }
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/whole") == 0) {
    return ws_request_reply(request, 200, NULL, text, SIZE);
  }
  status = ws_request_start(request, 200, NULL);
  status = status == WS_OK ? ws_request_write(request, text, SIZE / 2) : status;
  return status == WS_OK ? ws_request_finish(request, text + SIZE / 2, SIZE / 2) : status;
}

/* Never a complete 200 with another body. */
static int is_whole(const struct response* response) {
  const char* coding = response_field(response, "Content-Encoding");
  if (response->status != 200 || !response->is_complete) {
    return 0;
  }
  if (coding == NULL) {
    assert_int_equal(response->body_size, SIZE);
    assert_memory_equal(response->body, text, SIZE);
    return 1;
  }
  size_t size = 0;
  char* body = decode(coding, response->body, response->body_size, &size);
  assert_non_null(body);
  assert_int_equal(size, SIZE);
  assert_memory_equal(body, text, SIZE);
  free(body);
  return 1;
}

static int ask(int port, const char* path, const char* coding) {
  char request[160];
  snprintf(request, sizeof request,
           "GET %s HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %s\r\nConnection: close\r\n\r\n", path,
           coding);
  struct response response = client_ask(port, request);
  const int whole = is_whole(&response);
  response_free(&response);
  return whole;
}

static void walk(int port, const char* path, const char* coding) {
  long count = 0;
  do {
    malloc_fail_elsewhere(count);
    ask(port, path, coding);
    ++count;
    assert_true(count < MOST);
  } while (malloc_fail_no_more());
  assert_true(count > 5);
  assert_true(ask(port, path, coding));
}

static void test_no_memory_compress__spoils_no_answer(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "2"};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    const char* const options[] = {"threads", threads[i], NULL};
    fixture_make(&f, options);
    assert_ok(ws_server_use_named(f.server, "compress", NULL));
    fixture_start(&f, answer, NULL);
    walk(f.port, "/whole", "gzip");
    walk(f.port, "/parts", "gzip");
    walk(f.port, "/whole", "br");
    walk(f.port, "/parts", "br");
    fixture_end(&f);
  }
}

int main(void) {
  for (size_t i = 0; i < SIZE; ++i) {
    text[i] = "It was a dark and stormy night.\n"[(i * 7 + i / 97) % 32];
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_memory_compress__spoils_no_answer),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
