/* Three nodes behind a balancer, each on a machine of its own, under load: nodes are restarted one
 * by one, and one is killed. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/network_nodes.h"
#include "support/own_network.h"
#include "support/process.h"

#define BALANCER "10.0.0.1"
#define JOURNAL "/run/journal"
#define ADMIN_SOCKET "/run/haproxy/admin.sock"

enum { NODES = 3, PATIENCE_MS = 60000 };

/* A server, and its socket, which is held as systemd holds it. */
struct node {
  const char* name;
  const char* address;
  int socket;
  struct process process;
};

struct cluster {
  const char* name; /* of the balancer */
  struct node nodes[NODES];
  struct process balancer;
  struct load* load;
};

/* What ExecStart= of the unit says, up to the application. */
static char* command_of_unit(void) {
  static const char start[] = "ExecStart=/usr/local/bin/";
  FILE* file = fopen(EXAMPLES "/wserve@.service", "r");
  char line[512] = "";
  assert_non_null(file);
  while (fgets(line, sizeof line, file) != NULL && strncmp(line, start, sizeof start - 1) != 0) {
  }
  fclose(file);
  char* app = strrchr(line, ' ');
  assert_non_null(app);
  *app = '\0';
  return format("%s/%s", WSERVE_FOLDER, line + sizeof start - 1);
}

static void node_start(struct node* node) {
  char* command = command_of_unit();
  char* line = format("exec %s " NODE_APP " journal=" JOURNAL " name=%s", command, node->name);
  node->process =
      process_start_activated_on(node->name, node->socket, (const char*[]){"sh", "-c", line, NULL});
  char* serving = process_wait_for(&node->process, "Serving on http://");
  assert_non_null(serving);
  free(serving);
  free(line);
  free(command);
}

/* "systemctl restart" */
static void node_restart(struct node* node) {
  assert_int_equal(process_end(&node->process), 0);
  node_start(node);
}

/* The machine's server and its socket are gone. */
static void node_kill(struct node* node) {
  close(node->socket);
  process_signal(&node->process, SIGKILL);
  assert_int_equal(process_finish(&node->process, NULL, NULL), 128 + SIGKILL);
}

static void node_return(struct node* node) {
  node->socket = listen_on(node->name, node->address, 8080);
  node_start(node);
}

/* Waits until a condition holds, for a bounded time. */
static void wait_until(int (*holds)(const void*), const void* data, const char* what) {
  const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
  for (int waited = 0; !holds(data); waited += 5) {
    if (waited > PATIENCE_MS) {
      print_error("waited in vain until %s\n", what);
      fail();
    }
    nanosleep(&pause, NULL);
  }
}

/* What HAProxy says to a command. */
static char* administer(const char* command, const char* node, const char* state) {
  char* line = format("%s%s%s\n", command, node, state);
  const int fd = client_connect_unix(ADMIN_SOCKET);
  client_send_text(fd, line);
  char* answer = client_read_all(fd, NULL);
  client_close(fd);
  free(line);
  return answer;
}

static void set_state(const struct node* node, const char* state) {
  char* answer = administer("set server app/", node->name, state);
  assert_string_equal(answer, "\n");
  free(answer);
}

/* Field "used_cur" in HAProxy's table of connections is 0. */
static int has_no_sessions(const void* data) {
  const struct node* node = data;
  char* table = administer("show servers conn app", "", "");
  char* name = format("\napp/%s ", node->name);
  const char* line = strstr(table, name);
  int used = -1;
  assert_non_null(line);
  assert_int_equal(sscanf(line, "%*s %*s %*s %*s %*s %*s %d", &used), 1);
  free(name);
  free(table);
  return used == 0;
}

static void drain_and_restart(struct node* node) {
  set_state(node, " state drain");
  wait_until(has_no_sessions, node, "a drained node has no sessions");
  node_restart(node);
  set_state(node, " state ready");
}

/* -- The journal of POST requests, "NODE ID" lines -- */

static char* read_journal(void) {
  FILE* file = fopen(JOURNAL, "r");
  char* text = NULL;
  size_t size = 0;
  assert_non_null(file);
  assert_true(getdelim(&text, &size, '\0', file) > 0);
  fclose(file);
  return text;
}

static long count_of(const void* data) {
  const struct node* node = data;
  char* journal = read_journal();
  char* start = format("%s ", node->name);
  long count = 0;
  for (const char* at = journal; (at = strstr(at, start)) != NULL; ++at) {
    ++count;
  }
  free(start);
  free(journal);
  return count;
}

struct earlier {
  const struct node* node;
  long count;
};

static int has_done_more(const void* data) {
  const struct earlier* earlier = data;
  return count_of(earlier->node) > earlier->count;
}

static int compare_lines(const void* left, const void* right) {
  return strcmp(*(char* const*)left, *(char* const*)right);
}

/* No balancer may send again what may not be carried out twice. */
static void assert_no_post_twice(void) {
  enum { MOST = 100000 };
  static char* ids[MOST];
  int count = 0;
  char* journal = read_journal();
  for (char* line = strtok(journal, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    assert_true(count < MOST);
    ids[count++] = strchr(line, ' ') + 1;
  }
  qsort(ids, (size_t)count, sizeof *ids, compare_lines);
  for (int i = 1; i < count; ++i) {
    assert_string_not_equal(ids[i - 1], ids[i]);
  }
  free(journal);
}

/* -- What happens -- */

static struct cluster cluster_start(const char* name, const char* const* balancer) {
  struct cluster cluster = {.name = name,
                            .nodes = {{.name = "n1", .address = "10.0.0.11"},
                                      {.name = "n2", .address = "10.0.0.12"},
                                      {.name = "n3", .address = "10.0.0.13"}}};
  unlink(JOURNAL);
  for (int i = 0; i < NODES; ++i) {
    node_return(&cluster.nodes[i]);
  }
  cluster.balancer = process_start_on("balancer", balancer);
  process_wait_for_port(&cluster.balancer, BALANCER, 80);
  cluster.load = load_start(BALANCER, 80);
  return cluster;
}

static void cluster_end(struct cluster* cluster) {
  load_end(cluster->load);
  process_end(&cluster->balancer);
  for (int i = 0; i < NODES; ++i) {
    assert_int_equal(process_end(&cluster->nodes[i].process), 0);
    close(cluster->nodes[i].socket);
  }
  assert_no_post_twice();
}

/* A row of the table that tools/update_cluster.py puts into docs/cluster.md. */
static struct load_counts report(struct cluster* cluster, const char* phase) {
  const struct load_counts counts = load_take(cluster->load);
  print_message("| %s | %s | %ld | %ld | %ld |\n", cluster->name, phase, counts.answered,
                counts.failed_gets, counts.failed_posts);
  return counts;
}

static void assert_none_failed(struct cluster* cluster, const char* phase) {
  const struct load_counts counts = report(cluster, phase);
  assert_int_equal(counts.failed_gets, 0);
  assert_int_equal(counts.failed_posts, 0);
}

static void drain_and_restart_all(struct cluster* cluster) {
  for (int i = 0; i < NODES; ++i) {
    drain_and_restart(&cluster->nodes[i]);
    load_run(cluster->load, 200);
  }
  assert_none_failed(cluster, "each node is drained and restarted");
}

/* A POST may meet the closing of an idle connection, and must not be sent again then. */
static void restart_all(struct cluster* cluster) {
  for (int i = 0; i < NODES; ++i) {
    node_restart(&cluster->nodes[i]);
    load_run(cluster->load, 200);
  }
  assert_int_equal(report(cluster, "each node is restarted").failed_gets, 0);
}

/* What was under way may fail, unless it may be sent again; nothing that began afterwards. */
static void kill_one(struct cluster* cluster) {
  const int in_flight = load_in_flight(cluster->load);
  node_kill(&cluster->nodes[1]);
  load_mark(cluster->load);
  load_run(cluster->load, 1000);
  char* phase = format("one node is killed, with %d requests under way", in_flight);
  const struct load_counts counts = report(cluster, phase);
  free(phase);
  assert_int_equal(counts.failed_gets, 0);
  assert_true(counts.failed_posts <= LOAD_CLIENTS);
  assert_int_equal(counts.late_failures, 0);
}

static void bring_back(struct cluster* cluster) {
  const struct earlier earlier = {&cluster->nodes[1], count_of(&cluster->nodes[1])};
  node_return(&cluster->nodes[1]);
  wait_until(has_done_more, &earlier, "the node that came back gets requests");
  assert_none_failed(cluster, "the node comes back");
}

static void test_cluster__haproxy(void** state) {
  (void)state;
  struct cluster cluster = cluster_start(
      "HAProxy", (const char*[]){"/usr/sbin/haproxy", "-db", "-f", EXAMPLES "/haproxy.cfg", NULL});
  load_run(cluster.load, 1000);
  assert_none_failed(&cluster, "nothing happens");
  drain_and_restart_all(&cluster);
  restart_all(&cluster);
  kill_one(&cluster);
  bring_back(&cluster);
  cluster_end(&cluster);
}

static void test_cluster__nginx(void** state) {
  (void)state;
  struct cluster cluster = cluster_start(
      "nginx",
      (const char*[]){"/usr/sbin/nginx", "-g", "daemon off;", "-c", EXAMPLES "/nginx.conf", NULL});
  load_run(cluster.load, 1000);
  assert_none_failed(&cluster, "nothing happens");
  restart_all(&cluster);
  kill_one(&cluster);
  bring_back(&cluster);
  cluster_end(&cluster);
}

static int set_up_machines(void** state) {
  (void)state;
  make_switch("10.0.1.7/16");
  make_node("balancer", BALANCER "/16");
  make_node("n1", "10.0.0.11/16");
  make_node("n2", "10.0.0.12/16");
  make_node("n3", "10.0.0.13/16");
  must_run((const char*[]){"mkdir", "/run/haproxy", NULL});
  return 0;
}

static int tests(void) {
  const struct CMUnitTest all[] = {
      cmocka_unit_test(test_cluster__haproxy),
      cmocka_unit_test(test_cluster__nginx),
  };
  return cmocka_run_group_tests_name("cluster", all, set_up_machines, NULL);
}

int main(int argc, char** argv) {
  (void)argc;
  return run_in_own_network(argv, tests);
}
