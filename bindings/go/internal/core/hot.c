/* Each function is a few calls of the library's, so that Go crosses over once. */
#include "hot.h"

#include <string.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

#include "_cgo_export.h"

static ws_request* to_request(uintptr_t handle) {
  return (ws_request*)handle;
}

int hot_next(uintptr_t worker, int timeout_ms, char* buffer, size_t capacity, hot_request* taken) {
  ws_request* request;
  const ws_status status = ws_worker_next((ws_worker*)worker, timeout_ms, &request);
  if (status == WS_OK) {
    taken->handle = (uintptr_t)request;
    taken->packed = ws_request_pack(request, buffer, capacity);
    taken->body_size = ws_request_body_size(request);
  }
  return status;
}

size_t hot_pack(uintptr_t request, char* buffer, size_t capacity) {
  return ws_request_pack(to_request(request), buffer, capacity);
}

/* The message is the thread's: it is passed on before Go can move to another one. */
static int refuse(ws_request* request, ws_status status) {
  if (status == WS_EINVAL) {
    ws_request_fail(request, ws_last_error());
  }
  return status;
}

void hot_reply(uintptr_t handle, int status, const char* fields, size_t fields_size,
               const char* body, size_t body_size) {
  ws_request* request = to_request(handle);
  ws_status done = ws_request_add_headers(request, fields, fields_size);
  if (done == WS_OK) {
    done = ws_request_reply(request, status, NULL, body, body_size);
  }
  (void)refuse(request, done);
  ws_request_release(request);
}

int hot_start(uintptr_t handle, int status, const char* fields, size_t fields_size,
              const char* body, size_t body_size, int flush) {
  ws_request* request = to_request(handle);
  ws_status done = ws_request_add_headers(request, fields, fields_size);
  if (done == WS_OK) {
    done = ws_request_start(request, status, NULL);
  }
  if (done == WS_OK) {
    done = ws_request_write(request, body, body_size);
  }
  if (done == WS_OK && flush != 0) {
    done = ws_request_flush(request);
  }
  return refuse(request, done);
}

int hot_interim(uintptr_t handle, int status, const char* fields, size_t fields_size) {
  ws_request* request = to_request(handle);
  const ws_status added = ws_request_add_headers(request, fields, fields_size);
  return refuse(request, added == WS_OK ? ws_request_interim(request, status) : added);
}

int hot_add_fields(uintptr_t request, const char* fields, size_t size) {
  return ws_request_add_headers(to_request(request), fields, size);
}

int64_t hot_read(uintptr_t request, char* buffer, size_t capacity) {
  size_t got = 0;
  const ws_status status = ws_request_read_some(to_request(request), buffer, capacity, 0, &got);
  if (status == WS_TIMEOUT) {
    return HOT_NOT_YET;
  }
  return status == WS_OK ? (int64_t)got : status;
}

int hot_event_fd(uintptr_t request) {
  return ws_request_event_fd(to_request(request));
}

static size_t append(char* buffer, size_t capacity, size_t used, const char* text) {
  const size_t size = strlen(text) + 1;
  if (used + size <= capacity) {
    memcpy(buffer + used, text, size);
  }
  return used + size;
}

size_t hot_trailers(uintptr_t request, char* buffer, size_t capacity) {
  size_t used = 0;
  const char* name;
  const char* value;
  for (size_t i = 0; ws_request_trailer_at(to_request(request), i, &name, &value) == WS_OK; ++i) {
    used = append(buffer, capacity, used, name);
    used = append(buffer, capacity, used, value);
  }
  return used;
}

int hot_write(uintptr_t request, const char* data, size_t size) {
  return ws_request_write(to_request(request), data, size);
}

int hot_flush(uintptr_t request) {
  return ws_request_flush(to_request(request));
}

int hot_send_file(uintptr_t request, int fd, int64_t offset, int64_t size) {
  return ws_request_send_file(to_request(request), fd, offset, size);
}

int hot_end(uintptr_t request) {
  return ws_request_end(to_request(request));
}

int hot_give_up(uintptr_t request) {
  return ws_request_fail(to_request(request), NULL);
}

void hot_release(uintptr_t request) {
  ws_request_release(to_request(request));
}

void hot_gone(uintptr_t* requests, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    requests[i] = (uintptr_t)ws_request_gone(to_request(requests[i]));
  }
}

int hot_detach(uintptr_t request, int* fd, const char** ahead, size_t* ahead_size) {
  return ws_request_detach(to_request(request), fd, ahead, ahead_size);
}

static void pass_on(ws_severity severity, const char* line, void* log) {
  goLogLine((int)severity, (char*)line, (uintptr_t)log);
}

int hot_set_log(uintptr_t server, uintptr_t log) {
  return ws_server_set_log((ws_server*)server, pass_on, (void*)log);
}

size_t cold_explain_proxy(uintptr_t server, const char* peer, const char* fields, char* buffer,
                          size_t capacity) {
  return ws_server_explain_proxy((ws_server*)server, peer, fields, buffer, capacity);
}

int cold_keep_access(uintptr_t server, size_t limit) {
  return ws_server_keep_access((ws_server*)server, limit);
}

int cold_access_fd(uintptr_t server) {
  return ws_server_access_fd((ws_server*)server);
}

int cold_take_access(uintptr_t server, cold_line* line) {
  return ws_server_take_access((ws_server*)server, &line->text, &line->size);
}

int cold_keep_slow(uintptr_t server) {
  return ws_server_keep_slow((ws_server*)server);
}

int cold_slow_fd(uintptr_t server) {
  return ws_server_slow_fd((ws_server*)server);
}

int cold_take_slow(uintptr_t server, cold_line* line) {
  int64_t thread = 0; /* a goroutine has none */
  const void* request = NULL;
  const int status =
      ws_server_take_slow((ws_server*)server, &thread, &request, &line->text, &line->size);
  line->request = (uintptr_t)request;
  return status;
}
