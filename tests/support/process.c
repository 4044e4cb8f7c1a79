/* fork, exec, pipes and patience. */
#define _GNU_SOURCE
#include "support/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/cmocka.h"

enum { PATIENCE_MS = 60000 };

/* A socket of socket activation is descriptor 3 of the program that LISTEN_PID names. */
static void activate(int socket) {
  char pid[16];
  snprintf(pid, sizeof pid, "%d", getpid());
  setenv("LISTEN_PID", pid, 1);
  setenv("LISTEN_FDS", "1", 1);
  if (socket == 3) {
    fcntl(socket, F_SETFD, 0);
  } else {
    dup2(socket, 3);
  }
}

enum { NO_SOCKET = -1 };

static void become(const char* const* argv, int out, int err, int socket) {
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* no test leaves programs behind */
  signal(SIGINT, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (socket != NO_SOCKET) {
    activate(socket);
  }
  execvp(argv[0], (char* const*)argv);
  fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
  _exit(127);
}

struct process process_start(const char* const* argv) {
  return process_start_activated(NO_SOCKET, argv);
}

struct process process_start_activated(int socket, const char* const* argv) {
  int out[2];
  int err[2];
  assert_int_equal(pipe2(out, O_CLOEXEC), 0);
  assert_int_equal(pipe2(err, O_CLOEXEC), 0);
  struct process process = {.pid = fork(), .out = out[0], .err = err[0]};
  if (process.pid == 0) {
    become(argv, out[1], err[1], socket);
  }
  assert_true(process.pid > 0);
  close(out[1]);
  close(err[1]);
  return process;
}

static int has_more(int fd) {
  struct pollfd waited = {.fd = fd, .events = POLLIN};
  if (poll(&waited, 1, PATIENCE_MS) != 1) {
    print_error("the program is silent\n");
    fail();
  }
  return 1;
}

char* process_read_line(struct process* process) {
  char* line = calloc(1, 1);
  size_t size = 0;
  char byte;
  while (has_more(process->out)) {
    if (read(process->out, &byte, 1) != 1) {
      if (size == 0) {
        free(line);
        return NULL;
      }
      return line;
    }
    if (byte == '\n') {
      return line;
    }
    line = realloc(line, size + 2);
    line[size++] = byte;
    line[size] = '\0';
  }
  return line;
}

char* process_wait_for(struct process* process, const char* text) {
  char* line;
  while ((line = process_read_line(process)) != NULL && strstr(line, text) == NULL) {
    free(line);
  }
  return line;
}

int process_read_port(struct process* process) {
  char* line = process_wait_for(process, "http://");
  if (line == NULL) {
    char* err = NULL;
    process_finish(process, NULL, &err);
    print_error("the program ended: %s\n", err);
    fail();
  }
  const int port = atoi(strrchr(line, ':') + 1);
  free(line);
  return port;
}

/* Collects what comes from one descriptor; false at its end. */
static int collect(int fd, char** text, size_t* size) {
  char piece[4096];
  const ssize_t n = read(fd, piece, sizeof piece);
  if (n <= 0) {
    return 0;
  }
  *text = realloc(*text, *size + (size_t)n + 1);
  memcpy(*text + *size, piece, (size_t)n);
  *size += (size_t)n;
  (*text)[*size] = '\0';
  return 1;
}

static int wait_for_end(struct process* process) {
  int status = 0;
  while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR) {
  }
  close(process->out);
  close(process->err);
  process->pid = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* For whoever has to find out why: where its threads are, and what it has said. */
static void give_up(const struct process* process, const char* const texts[2]) {
  char* look = format(
      "cd /proc/%d/task && grep Sig ../status\n"
      "for t in *; do echo $t $(cat $t/comm $t/wchan) syscall $(cat $t/syscall); done",
      (int)process->pid);
  struct process looker = process_start((const char*[]){"/bin/sh", "-c", look, NULL});
  char* seen = NULL;
  process_finish(&looker, &seen, NULL);
  print_error("the program does not end\n%s%s%s\n", seen, texts[0], texts[1]);
  free(seen);
  free(look);
  kill(process->pid, SIGKILL);
  fail();
}

int process_finish(struct process* process, char** out, char** err) {
  char* texts[2] = {calloc(1, 1), calloc(1, 1)};
  size_t sizes[2] = {0, 0};
  struct pollfd waited[2] = {{.fd = process->out, .events = POLLIN},
                             {.fd = process->err, .events = POLLIN}};
  while (waited[0].fd >= 0 || waited[1].fd >= 0) {
    if (poll(waited, 2, PATIENCE_MS) <= 0) {
      give_up(process, (const char* const[]){texts[0], texts[1]});
    }
    for (int i = 0; i < 2; ++i) {
      if (waited[i].revents != 0 && !collect(waited[i].fd, &texts[i], &sizes[i])) {
        waited[i].fd = -1;
      }
    }
  }
  char** wanted[2] = {out, err};
  for (int i = 0; i < 2; ++i) {
    if (wanted[i] != NULL) {
      *wanted[i] = texts[i];
    } else {
      free(texts[i]);
    }
  }
  return wait_for_end(process);
}

void process_signal(struct process* process, int number) {
  kill(process->pid, number);
}

int process_end(struct process* process) {
  process_signal(process, SIGTERM);
  return process_finish(process, NULL, NULL);
}

int process_run(const char* const* argv, char** out, char** err) {
  struct process process = process_start(argv);
  return process_finish(&process, out, err);
}

long process_peak_kib(const struct process* process) {
  char path[64];
  char line[256];
  long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/status", process->pid);
  FILE* file = fopen(path, "r");
  assert_non_null(file);
  while (fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "VmHWM: %ld", &kib) == 1) {
      break;
    }
  }
  fclose(file);
  return kib;
}

static struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int free_port(void) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(fd, (struct sockaddr*)&address, size), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr*)&address, &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

static int accepts_connections(const char* host, int port) {
  struct sockaddr_in address = loopback(port);
  assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int result = connect(fd, (const struct sockaddr*)&address, sizeof address);
  close(fd);
  return result == 0;
}

static int has_ended(const struct process* process) {
  siginfo_t facts = {0};
  return waitid(P_PID, (id_t)process->pid, &facts, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         facts.si_pid != 0;
}

void process_wait_for_port(struct process* process, const char* host, int port) {
  const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
  int waited = 0;
  while (!accepts_connections(host, port)) {
    if (has_ended(process) || (waited += 10) > PATIENCE_MS) {
      char* out = NULL;
      char* err = NULL;
      kill(process->pid, SIGKILL);
      process_finish(process, &out, &err);
      print_error("nothing listens on %s:%d\n%s%s\n", host, port, out, err);
      fail();
    }
    nanosleep(&pause, NULL);
  }
}

char* make_folder(void) {
  const char* base = getenv("TMPDIR");
  char* path = format("%s/wserve-test-XXXXXX", base != NULL ? base : "/tmp");
  assert_non_null(mkdtemp(path));
  return path;
}

static int remove_one(const char* path, const struct stat* facts, int kind, struct FTW* place) {
  (void)facts;
  (void)kind;
  (void)place;
  return remove(path);
}

void remove_folder(const char* path) {
  nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void write_file(const char* path, const char* text) {
  FILE* file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

char* format(const char* form, ...) {
  va_list arguments;
  char* text = NULL;
  va_start(arguments, form);
  assert_true(vasprintf(&text, form, arguments) >= 0);
  va_end(arguments);
  return text;
}
