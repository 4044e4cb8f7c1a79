/* What SWIG is not for: the calls that every request makes, several of the library's in one
 * crossing from Go to C, and those that give back more than one value. Handles are numbers here: Go
 * never sees a pointer of C's as a pointer. */
#ifndef WSERVE_GO_HOT_H
#define WSERVE_GO_HOT_H

#include <stddef.h>
#include <stdint.h>

/* A request that was taken. */
typedef struct hot_request {
  uintptr_t handle;
  size_t packed; /* bytes that its environ takes; more than the buffer held: pack it again */
  int64_t body_size;
} hot_request;

/* A line that a server has kept: of the access log, or of a request that is slow. */
typedef struct cold_line {
  const char* text; /* until the next one is taken */
  size_t size;
  uintptr_t request; /* which is slow; only to be compared */
} cold_line;

int cold_keep_access(uintptr_t server, size_t limit);
int cold_access_fd(uintptr_t server);
int cold_take_access(uintptr_t server, cold_line* line);
int cold_keep_slow(uintptr_t server);
int cold_slow_fd(uintptr_t server);
int cold_take_slow(uintptr_t server, cold_line* line);

/* ws_worker_next(), ws_request_pack() and ws_request_body_size(). */
int hot_next(uintptr_t worker, int timeout_ms, char* buffer, size_t capacity, hot_request* taken);

/* ws_request_pack() again, with a buffer that is large enough. */
size_t hot_pack(uintptr_t request, char* buffer, size_t capacity);

/* Answers in one piece, and gives the request back: fields are `name NUL value NUL`. When the
 * library refuses them the answer is a 500 and the log says why. */
void hot_reply(uintptr_t request, int status, const char* fields, size_t fields_size,
               const char* body, size_t body_size);

/* Begins an answer: its head goes out with the first bytes of the body, or now with `flush`. What
 * is refused becomes a 500, as above. */
int hot_start(uintptr_t request, int status, const char* fields, size_t fields_size,
              const char* body, size_t body_size, int flush);

/* Sends an interim answer with these fields alone. */
int hot_interim(uintptr_t request, int status, const char* fields, size_t fields_size);

/* Adds fields in advance. What is refused is left out, and the request goes on. */
int hot_add_fields(uintptr_t request, const char* fields, size_t size);

/* Reads from the body without waiting: how much, 0 at its end, HOT_NOT_YET, or a negative status.
 */
enum { HOT_NOT_YET = -1000 };
int64_t hot_read(uintptr_t request, char* buffer, size_t capacity);
int hot_event_fd(uintptr_t request);
/* The trailers of a request, packed as its fields; returns how many bytes they take. */
size_t hot_trailers(uintptr_t request, char* buffer, size_t capacity);
int hot_write(uintptr_t request, const char* data, size_t size);
int hot_flush(uintptr_t request);
int hot_send_file(uintptr_t request, int fd, int64_t offset, int64_t size);
int hot_end(uintptr_t request);
/* Fails without a word in the log. */
int hot_give_up(uintptr_t request);
void hot_release(uintptr_t request);

/* Replaces each of `count` handles with its ws_request_gone(). */
void hot_gone(uintptr_t* requests, size_t count);

int hot_detach(uintptr_t request, int* fd, const char** ahead, size_t* ahead_size);

/* Sends the log of a server to goLogLine(), which knows it by `log`. */
int hot_set_log(uintptr_t server, uintptr_t log);

/* ws_server_explain_proxy() */
size_t cold_explain_proxy(uintptr_t server, const char* peer, const char* fields, char* buffer,
                          size_t capacity);

#endif
