/* Good, slow, broken and resetting clients for a while, against a server that runs `echo`: prints
 * what they saw and what became of the server's memory and descriptors, as rows of a table, and
 * fails when a good client was not answered or when either has grown. tools/soak.sh starts both.
 *
 * usage: soak PORT PID SECONDS */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { GOOD = 4, BROKEN = 2, RESETTING = 2, SLOW = 50, MOST = 200000, PATIENCE_MS = 60000 };
/* The allocator needs a while until it asks for no more; then this much more is a leak. */
enum { LEAK_KIB = 4096 };
/* Files of bodies that the server keeps for the next ones (docs/options.md). */
enum { SPARE_FILES = 4 };

static int port;
static atomic_int is_over;
static atomic_long answered;
static atomic_long failed;
static atomic_long refused;
static atomic_long resets;
static atomic_long given_up;

static int connect_to_server(void) {
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (const struct sockaddr*)&address, sizeof address) != 0) {
    perror("connect");
    exit(1);
  }
  return fd;
}

static void send_text(int fd, const char* text) {
  (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* At most so much; 0 at the end, and when nothing comes for too long. */
static size_t receive(int fd, char* to, size_t capacity) {
  struct pollfd waited = {.fd = fd, .events = POLLIN};
  const ssize_t n = poll(&waited, 1, PATIENCE_MS) == 1 ? recv(fd, to, capacity, 0) : 0;
  return n > 0 ? (size_t)n : 0;
}

/* Reads the answer to an echo of so many bytes: whether it was one. */
static int reads_echo(int fd, size_t expected) {
  static __thread char answer[MOST + 2048];
  size_t size = 0;
  for (;;) {
    const size_t got = receive(fd, answer + size, sizeof answer - 1 - size);
    size += got;
    answer[size] = '\0';
    const char* body = strstr(answer, "\r\n\r\n");
    if (body != NULL && size - (size_t)(body + 4 - answer) >= expected) {
      return strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) == 0;
    }
    if (got == 0) {
      return 0;
    }
  }
}

static int post(int fd, size_t size) {
  static char body[MOST];
  char head[100];
  snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", size);
  send_text(fd, head);
  return send(fd, body, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* Ten requests of all sizes on each connection. */
static void* be_good(void* unused) {
  unsigned seed = (unsigned)(size_t)&seed;
  while (!is_over) {
    const int fd = connect_to_server();
    for (int i = 0; i < 10; ++i) {
      const size_t size = (size_t)rand_r(&seed) % (i == 0 ? MOST : 1000);
      const int is_answered = post(fd, size) && reads_echo(fd, size);
      *(is_answered ? &answered : &failed) += 1;
      if (!is_answered) {
        break;
      }
    }
    close(fd);
  }
  return unused;
}

static void* be_broken(void* unused) {
  static const char* const requests[] = {
      "nonsense\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "\x16\x03\x01\x02",
  };
  char answer[4096];
  for (size_t i = 0; !is_over; ++i) {
    const int fd = connect_to_server();
    send_text(fd, requests[i % (sizeof requests / sizeof requests[0])]);
    refused += receive(fd, answer, sizeof answer) > 0;
    while (receive(fd, answer, sizeof answer) > 0) {
    }
    close(fd);
  }
  return unused;
}

static void* reset_often(void* unused) {
  unsigned seed = (unsigned)(size_t)&seed;
  const struct linger at_once = {1, 0};
  char some[100];
  while (!is_over) {
    const int fd = connect_to_server();
    const int step = rand_r(&seed) % 4;
    if (step == 1) {
      send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Le");
    } else if (step > 1) {
      post(fd, (size_t)rand_r(&seed) % MOST);
    }
    if (step == 3) {
      receive(fd, some, sizeof some);
    }
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
    ++resets;
  }
  return unused;
}

/* Fifty that send a byte now and then, until the server has had enough. */
static void* be_slow(void* unused) {
  int fds[SLOW];
  for (int i = 0; i < SLOW; ++i) {
    fds[i] = -1;
  }
  while (!is_over) {
    for (int i = 0; i < SLOW; ++i) {
      struct pollfd waited = {.fd = fds[i], .events = POLLIN};
      if (fds[i] < 0 || poll(&waited, 1, 0) == 1) {
        given_up += fds[i] >= 0;
        close(fds[i]);
        fds[i] = connect_to_server();
        send_text(fds[i], i % 2 == 0
                              ? "GET / HTTP/1.1\r\nX: "
                              : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n");
      } else {
        send_text(fds[i], "x");
      }
    }
    usleep(200000);
  }
  for (int i = 0; i < SLOW; ++i) {
    close(fds[i]);
  }
  return unused;
}

static long memory_kib(int pid) {
  char path[64];
  char line[256];
  long kib = -1;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE* file = fopen(path, "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "VmRSS: %ld", &kib) == 1) {
      break;
    }
  }
  if (file != NULL) {
    fclose(file);
  }
  return kib;
}

static int descriptors(int pid) {
  char path[64];
  int count = -2; /* "." and ".." */
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR* folder = opendir(path);
  while (folder != NULL && readdir(folder) != NULL) {
    ++count;
  }
  if (folder != NULL) {
    closedir(folder);
  }
  return count;
}

/* How many of them are nameless files. */
static int nameless_files(int pid) {
  char name[300];
  char target[300];
  int count = 0;
  snprintf(name, sizeof name, "/proc/%d/fd", pid);
  DIR* folder = opendir(name);
  const struct dirent* entry = NULL;
  while (folder != NULL && (entry = readdir(folder)) != NULL) {
    snprintf(name, sizeof name, "/proc/%d/fd/%s", pid, entry->d_name);
    const ssize_t size = readlink(name, target, sizeof target - 1);
    target[size > 0 ? size : 0] = '\0';
    count += strstr(target, " (deleted)") != NULL;
  }
  if (folder != NULL) {
    closedir(folder);
  }
  return count;
}

static void report(int pid, long second, const char* note) {
  printf("| %ld s%s | %ld | %ld | %ld | %ld | %ld | %ld KiB | %d |\n", second, note, answered,
         failed, refused, resets, given_up, memory_kib(pid), descriptors(pid));
  fflush(stdout);
}

static void play(pthread_t* threads, int* count) {
  static void* (*const roles[])(void*) = {be_good, be_broken, reset_often, be_slow};
  static const int how_many[] = {GOOD, BROKEN, RESETTING, 1};
  for (int role = 0; role < 4; ++role) {
    for (int i = 0; i < how_many[role]; ++i) {
      pthread_create(&threads[(*count)++], NULL, roles[role], NULL);
    }
  }
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: soak PORT PID SECONDS\n");
    return 2;
  }
  port = atoi(argv[1]);
  const int pid = atoi(argv[2]);
  const long seconds = atol(argv[3]);
  const long warm = seconds / 5 + 1;
  pthread_t threads[GOOD + BROKEN + RESETTING + 1];
  int count = 0;
  close(connect_to_server());
  const int descriptors_before = descriptors(pid);
  long memory_before = 0;
  printf(
      "| after | answered | failed | refused | reset | given up as too slow | memory | descriptors "
      "|\n"
      "|---|---|---|---|---|---|---|---|\n");
  report(pid, 0, "");
  play(threads, &count);
  for (long second = 1; second <= seconds; ++second) {
    sleep(1);
    if (second == warm) {
      memory_before = memory_kib(pid);
    }
    if (second % (seconds / 10 + 1) == 0) {
      report(pid, second, "");
    }
  }
  is_over = 1;
  for (int i = 0; i < count; ++i) {
    pthread_join(threads[i], NULL);
  }
  int spare_files = nameless_files(pid);
  int descriptors_left = descriptors(pid) - spare_files;
  for (int i = 0; i < 100 && descriptors_left > descriptors_before; ++i) {
    usleep(100000); /* farewells take a moment */
    spare_files = nameless_files(pid);
    descriptors_left = descriptors(pid) - spare_files;
  }
  report(pid, seconds, ", all clients gone");
  const long grown = memory_kib(pid) - memory_before;
  printf("\nsince second %ld: %+ld KiB; descriptors before and after: %d, %d and %d spare files\n",
         warm, grown, descriptors_before, descriptors_left, spare_files);
  const int is_good = failed == 0 && answered > 0 && grown < LEAK_KIB &&
                      descriptors_left <= descriptors_before && spare_files <= SPARE_FILES;
  printf("%s\n", is_good ? "flat" : "NOT FLAT");
  return is_good ? 0 : 1;
}
