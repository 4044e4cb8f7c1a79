/* unshare(2), mount(2), ip(8) and openssl(1). */
#define _GNU_SOURCE
#include "support/own_network.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka.h"
#include "support/process.h"

static int cannot(const char* what) {
  fprintf(stderr,
          "this test needs namespaces of its own (root with CAP_SYS_ADMIN, or a user that "
          "unshare(1) --map-auto serves): %s: %s\n",
          what, strerror(errno));
  return 1;
}

/* As root of a user namespace, where the ids of www-data and its like exist too. */
static int start_anew_as_root(char** argv) {
  if (getenv("WSERVE_TEST_UNSHARED") != NULL) {
    errno = EPERM;
    return cannot("user namespace");
  }
  setenv("WSERVE_TEST_UNSHARED", "1", 1);
  execlp("unshare", "unshare", "--user", "--map-root-user", "--map-auto", argv[0], NULL);
  return cannot("unshare");
}

static int hide_folders(void) {
  static const char* const hidden[] = {"/run", "/var/log", "/var/lib/nginx", "/etc/ssl/private"};
  static const char* const made[] = {"/run/wserve", "/run/home", "/var/log/nginx",
                                     "/var/log/apache2", "/var/log/lighttpd"};
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
    return -1;
  }
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; ++i) {
    if (mount("none", hidden[i], "tmpfs", 0, "mode=0755") != 0) {
      return -1;
    }
  }
  for (size_t i = 0; i < sizeof made / sizeof *made; ++i) {
    if (mkdir(made[i], 0755) != 0 || chmod(made[i], 0755) != 0) {
      return -1;
    }
  }
  /* Some containers refuse this one; only sanitizers need it, to look at their own threads. */
  mount("none", "/proc", "proc", 0, NULL);
  return setenv("HOME", "/run/home", 1);
}

static int run_inside(int (*tests)(void)) {
  if (hide_folders() != 0) {
    return cannot("mount");
  }
  if (system("ip link set lo up") != 0) {
    return cannot("ip link set lo up");
  }
  return tests();
}

/* Waits for one child, and buries the others on the way. */
static int wait_for(pid_t child) {
  int status = 0;
  pid_t ended;
  do {
    ended = wait(&status);
  } while (ended != child && (ended > 0 || errno == EINTR));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Runs a step of the way in a child that ends with this process, and without a look for leaks: the
 * sanitizers can neither look at the first process of a process space nor at the one that made it.
 */
static int in_child(int (*step)(int (*)(void)), int (*tests)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(step(tests));
  }
  return wait_for(child);
}

/* The first process of the new process space: when it ends, the kernel ends all others there. */
static int be_first(int (*tests)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    exit(run_inside(tests));
  }
  return wait_for(child);
}

static int make_spaces(int (*tests)(void)) {
  if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) != 0) {
    return cannot("unshare");
  }
  return in_child(be_first, tests);
}

int run_in_own_network(char** argv, int (*tests)(void)) {
  return geteuid() == 0 ? in_child(make_spaces, tests) : start_anew_as_root(argv);
}

void must_run(const char* const* argv) {
  char* out = NULL;
  char* err = NULL;
  const int status = process_run(argv, &out, &err);
  if (status != 0) {
    print_error("%s exits with %d:\n%s%s\n", argv[0], status, out, err);
    fail();
  }
  free(out);
  free(err);
}

void add_address(const char* address) {
  must_run((const char*[]){"ip", "address", "add", address, "dev", "lo", "nodad", NULL});
}

void make_certificate(void) {
  must_run((const char*[]){
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-days", "2", "-subj", "/CN=example.com", "-addext", "subjectAltName=DNS:example.com",
      "-keyout", "/etc/ssl/private/key.pem", "-out", "/etc/ssl/private/ca.pem", NULL});
  must_run((const char*[]){"sh", "-c",
                           "cd /etc/ssl/private && cat ca.pem key.pem > example.com.pem", NULL});
}
