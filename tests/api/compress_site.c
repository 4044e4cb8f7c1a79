/* Answers by plan, and decoding by the libraries themselves. */
#define _GNU_SOURCE
#include "compress_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decode.h"
#include "support/cmocka.h"

char* site_text;
static int file;

int site_open(void) {
  site_text = malloc(SITE_LARGE);
  file = memfd_create("large", MFD_CLOEXEC);
  for (size_t i = 0; i < SITE_LARGE; ++i) {
    site_text[i] = "It was a dark and stormy night.\n"[(i * 7 + i / 97) % 32];
  }
  return write(file, site_text, SITE_LARGE) == SITE_LARGE;
}

void site_close(void) {
  free(site_text);
  close(file);
}

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

ws_status site_answer(ws_request* request, void* data) {
  const struct plan* plan = data;
  const char* path = ws_request_get(request, "PATH_INFO");
  add_fields(request, plan->fields);
  if (strcmp(path, "/reply") == 0) {
    return ws_request_reply(request, plan->status, NULL, site_text, plan->size);
  }
  ws_status status = ws_request_start(request, plan->status, NULL);
  if (strcmp(path, "/file") == 0) {
    status = ws_request_send_file(request, file, 0, SITE_LARGE);
  } else if (strcmp(path, "/steps") == 0) {
    for (size_t i = 0; i < plan->size && status == WS_OK; i += 100) {
      status = ws_request_write(request, site_text + i, 100);
    }
  }
  return status == WS_OK ? ws_request_end(request) : status;
}

const char site_html[] = "Content-Type: text/html; charset=utf-8";

void site_start(struct fixture* f, struct plan* plan, const char* settings, const char* threads) {
  const char* const options[] = {"threads", threads, NULL};
  fixture_make(f, options);
  assert_ok(ws_server_use_named(f->server, "compress", settings));
  fixture_start(f, site_answer, plan);
}

struct response site_ask(int port, const char* method, const char* path, const char* fields) {
  char request[512];
  snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, path, fields);
  const int fd = client_connect(port);
  client_send_text(fd, request);
  struct response response = client_read(fd, strcmp(method, "HEAD") == 0);
  client_close(fd);
  return response;
}

void assert_field(const struct response* response, const char* name, const char* value) {
  const char* got = response_field(response, name);
  if (value == NULL) {
    assert_null(got);
  } else {
    assert_non_null(got);
    assert_string_equal(got, value);
  }
}

void assert_body(const struct response* response, const char* coding, const char* expected,
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

const char site_gzip[] = "Accept-Encoding: gzip\r\n";
