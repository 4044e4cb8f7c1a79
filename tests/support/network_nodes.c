/* ip(8), nsenter(1) and setns(2). */
#define _GNU_SOURCE
#include "support/network_nodes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka.h"
#include "support/own_network.h"

/* Runs a script of the shell with "$1" and "$2". */
static void run_script(const char* script, const char* first, const char* second) {
  must_run((const char*[]){"sh", "-ec", script, "sh", first, second, NULL});
}

void make_switch(const char* address) {
  run_script(
      "ip link add switch type bridge\n"
      "ip link set switch up\n"
      "ip address add $1 dev switch\n",
      address, NULL);
}

void make_node(const char* name, const char* address) {
  run_script(
      "ip netns add $1\n"
      "ip link add at-$1 type veth peer name net netns $1\n"
      "ip link set at-$1 master switch up\n"
      "ip -n $1 link set lo up\n"
      "ip -n $1 address add $2 dev net\n"
      "ip -n $1 link set net up\n",
      name, address);
}

struct process process_start_on(const char* node, const char* const* argv) {
  return process_start_activated_on(node, -1, argv);
}

struct process process_start_activated_on(const char* node, int socket, const char* const* argv) {
  enum { MOST = 32 };
  char* place = format("--net=/run/netns/%s", node);
  const char* words[MOST] = {"nsenter", place, "--"};
  for (int i = 0; argv[i] != NULL && i < MOST - 4; ++i) {
    words[i + 3] = argv[i];
  }
  struct process process = process_start_activated(socket, words);
  free(place);
  return process;
}

int listen_on(const char* node, const char* address, int port) {
  char* path = format("/run/netns/%s", node);
  const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = open(path, O_RDONLY | O_CLOEXEC);
  assert_int_equal(setns(there, CLONE_NEWNET), 0);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  assert_int_equal(inet_pton(AF_INET, address, &name.sin_addr), 1);
  assert_int_equal(bind(fd, (struct sockaddr*)&name, sizeof name), 0);
  assert_int_equal(listen(fd, 1024), 0);
  assert_int_equal(setns(home, CLONE_NEWNET), 0);
  close(home);
  close(there);
  free(path);
  return fd;
}
