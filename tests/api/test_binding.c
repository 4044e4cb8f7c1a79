/* Addresses that a machine, or another server, makes hard to bind. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"
#include "syscall_faults.h"

static ws_server* make(const char* listen) {
  ws_server* server = ws_server_new();
  assert_ok(ws_server_set(server, "listen", listen));
  return server;
}

/* Nothing is ever accepted there. */
static void test_binding__needs_one_family_of_two(void** state) {
  (void)state;
  faults_remove_family(AF_INET6);
  ws_server* server = make("*:0");
  assert_ok(ws_server_listen(server));
  assert_holds(ws_server_address(server, 0), "0.0.0.0:");
  assert_null(ws_server_address(server, 1));
  ws_server_free(server);
  server = make("[::1]:0");
  assert_status(ws_server_listen(server), WS_ESYSTEM);
  assert_holds(ws_last_error(), "listen: \"[::1]:0\": Address family not supported");
  ws_server_free(server);
  faults_remove_family(0);
}

static void test_binding__a_mistake_takes_no_socket_from_another_server(void** state) {
  (void)state;
  char* folder = make_folder();
  char* good = format("unix:%s/socket", folder);
  ws_server* first = make(good);
  assert_ok(ws_server_listen(first));
  const char* const mistakes[][2] = {
      {"owner=no-such-user", "no such user"},
      {"group=no-such-group", "no such group"},
      {"owner=4294967296", "no such user"}, /* would be root in 32 bits */
      {"group=4294967295", "no such group"},
  };
  for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; ++i) {
    char* bad = format("%s?%s", good, mistakes[i][0]);
    ws_server* second = make(bad);
    assert_status(ws_server_listen(second), WS_EINVAL);
    assert_holds(ws_last_error(), mistakes[i][1]);
    ws_server_free(second);
    free(bad);
    close(client_connect_unix(good + strlen("unix:")));
  }
  ws_server_free(first);
  remove_folder(folder);
  free(folder);
  free(good);
}

/* One of them would be a way around the proxy, or closed to everybody. */
static void test_binding__an_address_has_one_protocol(void** state) {
  (void)state;
  const int port = free_port();
  char* twice = format("127.0.0.1:%d?proxy=on 127.0.0.1:%d", port, port);
  ws_server* server = make(twice);
  assert_ok(ws_server_set(server, "trusted_proxy", "127.0.0.1"));
  assert_status(ws_server_listen(server), WS_EINVAL);
  assert_holds(ws_last_error(), "the same address stands there with another ?proxy=");
  ws_server_free(server);
  free(twice);
  char* same = format("127.0.0.1:%d 127.0.0.1:%d", port, port);
  server = make(same);
  assert_ok(ws_server_listen(server));
  assert_null(ws_server_address(server, 1));
  ws_server_free(server);
  free(same);
}

/* The path of a Unix socket may fill its place, without a NUL behind it. */
static void test_binding__names_the_longest_path(void** state) {
  (void)state;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char* folder = make_folder();
  char path[sizeof address.sun_path + 1];
  memset(path, 'x', sizeof path);
  memcpy(path, folder, strlen(folder));
  path[strlen(folder)] = '/';
  path[sizeof path - 1] = '\0';
  memcpy(address.sun_path, path, sizeof address.sun_path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(fd, (struct sockaddr*)&address, sizeof address), 0);
  char listen[16];
  snprintf(listen, sizeof listen, "fd:%d", fd);
  ws_server* server = make(listen);
  assert_ok(ws_server_listen(server));
  assert_memory_equal(ws_server_address(server, 0), "unix:", 5);
  assert_string_equal(ws_server_address(server, 0) + 5, path);
  ws_server_free(server);
  close(fd);
  remove_folder(folder);
  free(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_binding__needs_one_family_of_two),
      cmocka_unit_test(test_binding__a_mistake_takes_no_socket_from_another_server),
      cmocka_unit_test(test_binding__an_address_has_one_protocol),
      cmocka_unit_test(test_binding__names_the_longest_path),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("binding", tests, NULL, NULL);
}
