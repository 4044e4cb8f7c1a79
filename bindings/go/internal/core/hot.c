/* Each function is a few calls of the library's, so that Go crosses over once. */
#include "hot.h"

int hot_take(uintptr_t worker, int timeout_ms, char* buffer, size_t capacity, hot_request* taken) {
  ws_request* request = NULL;
  const ws_status status = ws_worker_take_packed((ws_worker*)worker, timeout_ms, &request, buffer,
                                                 capacity, &taken->packed);
  if (status == WS_OK) {
    taken->handle = (uintptr_t)request;
    taken->body_size = ws_request_body_size(request);
  }
  return status;
}

/* The message is the thread's: it is passed on before Go can move to another one. */
static int refuse(ws_request* request, ws_status status) {
  if (status == WS_EINVAL) {
    ws_request_fail(request, ws_last_error());
  }
  return status;
}

void hot_answer(uintptr_t handle, int status, const char* fields, size_t fields_size,
                const char* body, size_t body_size) {
  ws_request* request = (ws_request*)handle;
  (void)refuse(request,
               ws_request_answer(request, status, NULL, fields, fields_size, body, body_size));
  ws_request_release(request);
}

int hot_begin(uintptr_t handle, int status, const char* fields, size_t fields_size,
              const char* body, size_t body_size, int flush) {
  ws_request* request = (ws_request*)handle;
  ws_status done = ws_request_begin(request, status, NULL, fields, fields_size);
  if (done == WS_OK) {
    done = ws_request_write(request, body, body_size);
  }
  if (done == WS_OK && flush != 0) {
    done = ws_request_flush(request);
  }
  return refuse(request, done);
}

int hot_interim(uintptr_t handle, int status, const char* fields, size_t fields_size) {
  ws_request* request = (ws_request*)handle;
  const ws_status added = ws_request_add_headers(request, fields, fields_size);
  return refuse(request, added == WS_OK ? ws_request_interim(request, status) : added);
}

int hot_write(uintptr_t request, const char* data, size_t size) {
  return ws_request_write((ws_request*)request, data, size);
}

int hot_read(uintptr_t request, char* buffer, size_t capacity, size_t* got) {
  return ws_request_read_some((ws_request*)request, buffer, capacity, 0, got);
}

void hot_gone(uintptr_t* requests, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    requests[i] = (uintptr_t)ws_request_gone((ws_request*)requests[i]);
  }
}
