/* Wrappers found before the C library's functions. */
#define _GNU_SOURCE
#include "syscall_faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

static __thread int is_spared;
static atomic_int interrupts;
static atomic_long interrupted;
static atomic_int accept_error;
static struct counts {
  atomic_long accept_calls;
  atomic_long turns;
} own_counts;
static struct counts* counts = &own_counts;
static atomic_int refuses_threads;
static atomic_long refused_threads;
static atomic_long disk_left = -1;
static atomic_int removed_family;

void faults_spare_this_thread(void) {
  is_spared = 1;
}

void faults_clear(void) {
  interrupts = 0;
  accept_error = 0;
  refuses_threads = 0;
  disk_left = -1;
}

void faults_interrupt(void) {
  interrupted = 0;
  interrupts = 1;
}

long faults_interrupted(void) {
  return interrupted;
}

void faults_refuse_accept(int error) {
  counts->accept_calls = 0;
  accept_error = error;
}

long faults_accept_calls(void) {
  return counts->accept_calls;
}

void faults_share_counts(void) {
  void* const shared =
      mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) {
    counts = shared;
  }
}

long faults_turns(void) {
  return counts->turns;
}

void faults_refuse_threads(void) {
  refused_threads = 0;
  refuses_threads = 1;
}

long faults_refused_threads(void) {
  return refused_threads;
}

void faults_fill_disk_after(long bytes) {
  disk_left = bytes;
}

void faults_remove_family(int family) {
  removed_family = family;
}

static int must_interrupt(void) {
  static __thread unsigned calls;
  if (is_spared || !interrupts || ++calls % 2 == 0) {
    return 0;
  }
  ++interrupted;
  errno = EINTR;
  return 1;
}

/* The function of this name that stands behind ours. */
#define NEXT(result, name, ...)                  \
  static __thread result (*next)(__VA_ARGS__);   \
  if (next == NULL) {                            \
    void* const found = dlsym(RTLD_NEXT, #name); \
    memcpy(&next, &found, sizeof next);          \
  }

ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  NEXT(ssize_t, recv, int, void*, size_t, int)
  return must_interrupt() ? -1 : next(fd, buffer, size, flags);
}

ssize_t send(int fd, const void* buffer, size_t size, int flags) {
  NEXT(ssize_t, send, int, const void*, size_t, int)
  return must_interrupt() ? -1 : next(fd, buffer, size, flags);
}

ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
  NEXT(ssize_t, sendmsg, int, const struct msghdr*, int)
  return must_interrupt() ? -1 : next(fd, message, flags);
}

ssize_t sendfile(int to, int from, off_t* offset, size_t size) {
  NEXT(ssize_t, sendfile, int, int, off_t*, size_t)
  return must_interrupt() ? -1 : next(to, from, offset, size);
}

ssize_t pread(int fd, void* buffer, size_t size, off_t offset) {
  NEXT(ssize_t, pread, int, void*, size_t, off_t)
  return must_interrupt() ? -1 : next(fd, buffer, size, offset);
}

int poll(struct pollfd* waited, nfds_t count, int limit) {
  NEXT(int, poll, struct pollfd*, nfds_t, int)
  return must_interrupt() ? -1 : next(waited, count, limit);
}

int epoll_wait(int epoll, struct epoll_event* events, int most, int limit) {
  NEXT(int, epoll_wait, int, struct epoll_event*, int, int)
  ++counts->turns;
  return must_interrupt() ? -1 : next(epoll, events, most, limit);
}

int socket(int family, int type, int protocol) {
  NEXT(int, socket, int, int, int)
  if (family != removed_family) {
    return next(family, type, protocol);
  }
  errno = EAFNOSUPPORT;
  return -1;
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t* size, int flags) {
  NEXT(int, accept4, int, __SOCKADDR_ARG, socklen_t*, int)
  ++counts->accept_calls;
  if (is_spared) {
    return next(fd, address, size, flags);
  }
  if (accept_error != 0) {
    errno = accept_error;
    return -1;
  }
  return must_interrupt() ? -1 : next(fd, address, size, flags);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) {
  NEXT(int, pthread_create, pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)
  if (is_spared || !refuses_threads) {
    return next(thread, attributes, body, argument);
  }
  ++refused_threads;
  return EAGAIN;
}

ssize_t pwrite(int fd, const void* buffer, size_t size, off_t offset) {
  NEXT(ssize_t, pwrite, int, const void*, size_t, off_t)
  if (must_interrupt()) {
    return -1;
  }
  if (!is_spared && disk_left >= 0) {
    if (disk_left == 0) {
      errno = ENOSPC;
      return -1;
    }
    /* The last bytes that fit are written, as a real disk does. */
    size = size < (size_t)disk_left ? size : (size_t)disk_left;
    disk_left -= (long)size;
  }
  return next(fd, buffer, size, offset);
}
