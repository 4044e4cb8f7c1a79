/* What every request calls, several of the library's calls in one crossing from Go to C. Handles
 * are numbers and bytes are char here: what cgo would check of other pointers costs time, and
 * refuses a caller's bytes that stand beside pointers. */
#ifndef WSERVE_GO_HOT_H
#define WSERVE_GO_HOT_H

#include <wserve/binding.h>
#include <wserve/wserve.h>

/* A request that was taken. */
typedef struct hot_request {
  uintptr_t handle;
  size_t packed; /* bytes that its environ takes; more than the buffer held: pack it again */
  int64_t body_size;
} hot_request;

/* ws_worker_take_packed() and ws_request_body_size() */
int hot_take(uintptr_t worker, int timeout_ms, char* buffer, size_t capacity, hot_request* taken);

/* ws_request_answer() and ws_request_release(). When the library refuses the fields the answer is a
 * 500 and the log says why; so it is below. */
void hot_answer(uintptr_t request, int status, const char* fields, size_t fields_size,
                const char* body, size_t body_size);

/* ws_request_begin() and ws_request_write(): the head goes out with the first bytes of the body, or
 * now with `flush`. */
int hot_begin(uintptr_t request, int status, const char* fields, size_t fields_size,
              const char* body, size_t body_size, int flush);

/* ws_request_interim() with these fields alone */
int hot_interim(uintptr_t request, int status, const char* fields, size_t fields_size);

int hot_write(uintptr_t request, const char* data, size_t size);

/* ws_request_read_some() without waiting */
int hot_read(uintptr_t request, char* buffer, size_t capacity, size_t* got);

/* Replaces each of `count` handles with its ws_request_gone(). */
void hot_gone(uintptr_t* requests, size_t count);

#endif
