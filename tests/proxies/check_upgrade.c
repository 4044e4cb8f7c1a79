/* Clients that ask for a WebSocket, through each recipe. */
#include <stdlib.h>
#include <string.h>

#include "proxy_fixture.h"
#include "support/cmocka.h"

static const char wants_websocket[] =
    "GET /chat HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/* An application that knows nothing of it answers as ever, and the connection goes on. */
static void check_unaware(const struct recipe* recipe) {
  struct site site = site_start(recipe, "", NULL);
  const int fd = client_connect(80);
  for (int i = 0; i < 2; ++i) {
    client_send_text(fd, wants_websocket);
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    assert_true(response.is_complete);
    assert_told(&response, "PATH_INFO", "/chat");
    response_free(&response);
  }
  client_close(fd);
  site_end(&site);
}

static void expect_bytes(int fd, const char* expected) {
  char* got = client_read_bytes(fd, strlen(expected));
  assert_string_equal(got, expected);
  free(got);
}

/* Skips the fields of the answer. */
static void skip_head(int fd) {
  char last[4] = "";
  while (memcmp(last, "\r\n\r\n", 4) != 0) {
    char* byte = client_read_bytes(fd, 1);
    assert_int_equal(strlen(byte), 1);
    memmove(last, last + 1, 3);
    last[3] = *byte;
    free(byte);
  }
}

static void speak(int fd) {
  expect_bytes(fd, "HTTP/1.1 101 ");
  skip_head(fd);
  assert_true(client_send_text(fd, "a-b"));
  expect_bytes(fd, "axb");
  assert_true(client_send_text(fd, "--"));
  expect_bytes(fd, "xx");
}

/* One that switches gets bytes both ways, or is never asked to. */
static void check_switching(const struct recipe* recipe) {
  struct site site = site_start(recipe, "", SWITCHING_APP);
  const int fd = client_connect(80);
  client_send_text(fd, wants_websocket);
  if (recipe->passes_upgrades) {
    speak(fd);
  } else {
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 400);
    response_free(&response);
  }
  client_close(fd);
  site_end(&site);
}

void check_upgrade(const struct recipe* recipe) {
  check_unaware(recipe);
  check_switching(recipe);
}
