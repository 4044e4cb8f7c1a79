/* Wrappers found before the C library's functions. */
#define _GNU_SOURCE
#include "failing_malloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

/* Allocations until one fails; negative: none will. */
static __thread long countdown_here = -1;
static atomic_long countdown_elsewhere = -1;
static __thread int is_spared; /* the thread that made others fail */
static atomic_int has_failed;

static int is_due(void) {
  if (countdown_here >= 0) {
    return countdown_here-- == 0;
  }
  return !is_spared && countdown_elsewhere >= 0 && countdown_elsewhere-- == 0;
}

static int must_fail(void) {
  if (!is_due()) {
    return 0;
  }
  has_failed = 1;
  errno = ENOMEM;
  return 1;
}

void malloc_fail_here(long count) {
  has_failed = 0;
  countdown_here = count;
}

void malloc_fail_elsewhere(long count) {
  is_spared = 1;
  has_failed = 0;
  countdown_elsewhere = count;
}

int malloc_fail_no_more(void) {
  countdown_here = -1;
  countdown_elsewhere = -1;
  return has_failed;
}

void* malloc(size_t size) {
  return must_fail() ? NULL : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  return must_fail() ? NULL : __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
  return must_fail() ? NULL : __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return must_fail() ? NULL : __libc_memalign(alignment, size);
}
