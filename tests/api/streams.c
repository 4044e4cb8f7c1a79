#define _GNU_SOURCE
#include "streams.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/client.h"
#include "../support/cmocka.h"
#include "fixture.h"

const char* const streamed[] = {"body_streaming", "yes", NULL};

ws_status say(ws_request* request, const char* text) {
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

ws_status echo(ws_request* request, void* data) {
  (void)data;
  char buffer[4096];
  int64_t got = 0;
  ws_status status = ws_request_start(request, 200, NULL);
  while (status == WS_OK && (got = ws_request_read(request, buffer, sizeof buffer)) > 0) {
    status = ws_request_write(request, buffer, (size_t)got);
  }
  return got < 0 ? (ws_status)got : status;
}

void send_chunk(int fd, const char* text) {
  char chunk[64];
  snprintf(chunk, sizeof chunk, "%zx\r\n%s\r\n", strlen(text), text);
  assert_true(client_send_text(fd, chunk));
}

void expect_bytes(int fd, const char* expected) {
  char* got = client_read_bytes(fd, strlen(expected));
  assert_string_equal(got, expected);
  free(got);
}

char* read_head(int fd) {
  char head[1024];
  size_t size = 0;
  while (size < 4 || memcmp(head + size - 4, "\r\n\r\n", 4) != 0) {
    char* byte = client_read_bytes(fd, 1);
    assert_true(size + 1 < sizeof head && byte[0] != '\0');
    head[size++] = byte[0];
    free(byte);
  }
  head[size] = '\0';
  return strdup(head);
}

int status_of(int fd, const char* request) {
  client_send_text(fd, request);
  struct response answer = client_read(fd, 0);
  const int status = answer.status;
  response_free(&answer);
  return status;
}

void wait_for(atomic_int* value, int expected) {
  while (atomic_load(value) == 0) {
    poll(NULL, 0, 1);
  }
  assert_int_equal(atomic_load(value), expected);
}
