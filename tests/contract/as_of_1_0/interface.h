/* The C interface as libwserve 1.0 had it. Nothing here changes: what the library gets later stands
 * elsewhere. Alone it is what a program was compiled with that was linked with 1.0; behind today's
 * headers the compiler says where they are no longer the same. */
#ifndef AS_OF_1_0_INTERFACE_H
#define AS_OF_1_0_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

#ifndef WSERVE_WSERVE_H
typedef struct ws_request ws_request;
typedef struct ws_server ws_server;
typedef struct ws_next ws_next;
typedef struct ws_worker ws_worker;
typedef struct ws_done ws_done;

typedef enum ws_status {
  WS_OK = 0,
  WS_TIMEOUT = 1,
  WS_INTERRUPTED = 2,
  WS_CLOSED = 3,
  WS_EINVAL = -1,
  WS_ENOMEM = -2,
  WS_ESTATE = -3,
  WS_EUNKNOWN = -4,
  WS_EDISCONNECTED = -5,
  WS_ECONFLICT = -6,
  WS_ESYSTEM = -7,
  WS_EAPP = -8,
  WS_EINTERNAL = -9
} ws_status;
typedef enum ws_gone_reason {
  WS_GONE_NO = 0,
  WS_GONE_HALF_CLOSED = 1,
  WS_GONE_DISCONNECTED = 2,
  WS_GONE_TIME_UP = 3,
  WS_GONE_DRAINING = 4
} ws_gone_reason;
typedef enum ws_severity {
  WS_LOG_DEBUG = 0,
  WS_LOG_INFO = 1,
  WS_LOG_WARNING = 2,
  WS_LOG_ERROR = 3
} ws_severity;
typedef enum ws_cause {
  WS_CAUSE_ANSWERED = 0,
  WS_CAUSE_REFUSED = 1,
  WS_CAUSE_HEADER_TIMEOUT = 2,
  WS_CAUSE_BODY_TIMEOUT = 3,
  WS_CAUSE_WRITE_TIMEOUT = 4,
  WS_CAUSE_REQUEST_TIMEOUT = 5,
  WS_CAUSE_QUEUE_TIMEOUT = 6,
  WS_CAUSE_QUEUE_FULL = 7,
  WS_CAUSE_ADDRESS_LIMIT = 8,
  WS_CAUSE_FAILED = 9,
  WS_CAUSE_CLIENT_GONE = 10,
  WS_CAUSE_LOST = 11,
  WS_CAUSE_STOPPED = 12,
  WS_CAUSE_DETACHED = 13
} ws_cause;
typedef enum ws_moment {
  WS_AT_ACCEPT = 0,
  WS_AT_BEGIN = 1,
  WS_AT_HEAD = 2,
  WS_AT_WHOLE = 3,
  WS_AT_TAKE = 4,
  WS_AT_FIRST_BYTE = 5,
  WS_AT_LAST_BYTE = 6,
  WS_AT_END = 7
} ws_moment;

typedef ws_status (*ws_app_fn)(ws_request* request, void* app_data);
typedef ws_status (*ws_filter_fn)(ws_request* request, ws_next* next, void* filter_data);
typedef void (*ws_log_fn)(ws_severity severity, const char* line, void* log_data);
typedef ws_status (*ws_head_fn)(ws_request* request, void* head_data);
typedef void (*ws_done_fn)(const ws_done* done, void* done_data);
typedef struct ws_pair {
  const char* key;
  size_t key_size;
  const char* value;
  size_t value_size;
} ws_pair;
#else
_Static_assert(WS_OK == 0, "a value is never changed");
_Static_assert(WS_TIMEOUT == 1, "a value is never changed");
_Static_assert(WS_INTERRUPTED == 2, "a value is never changed");
_Static_assert(WS_CLOSED == 3, "a value is never changed");
_Static_assert(WS_EINVAL == -1, "a value is never changed");
_Static_assert(WS_ENOMEM == -2, "a value is never changed");
_Static_assert(WS_ESTATE == -3, "a value is never changed");
_Static_assert(WS_EUNKNOWN == -4, "a value is never changed");
_Static_assert(WS_EDISCONNECTED == -5, "a value is never changed");
_Static_assert(WS_ECONFLICT == -6, "a value is never changed");
_Static_assert(WS_ESYSTEM == -7, "a value is never changed");
_Static_assert(WS_EAPP == -8, "a value is never changed");
_Static_assert(WS_EINTERNAL == -9, "a value is never changed");
_Static_assert(WS_GONE_NO == 0, "a value is never changed");
_Static_assert(WS_GONE_HALF_CLOSED == 1, "a value is never changed");
_Static_assert(WS_GONE_DISCONNECTED == 2, "a value is never changed");
_Static_assert(WS_GONE_TIME_UP == 3, "a value is never changed");
_Static_assert(WS_GONE_DRAINING == 4, "a value is never changed");
_Static_assert(WS_LOG_DEBUG == 0, "a value is never changed");
_Static_assert(WS_LOG_INFO == 1, "a value is never changed");
_Static_assert(WS_LOG_WARNING == 2, "a value is never changed");
_Static_assert(WS_LOG_ERROR == 3, "a value is never changed");
_Static_assert(WS_CAUSE_ANSWERED == 0, "a value is never changed");
_Static_assert(WS_CAUSE_REFUSED == 1, "a value is never changed");
_Static_assert(WS_CAUSE_HEADER_TIMEOUT == 2, "a value is never changed");
_Static_assert(WS_CAUSE_BODY_TIMEOUT == 3, "a value is never changed");
_Static_assert(WS_CAUSE_WRITE_TIMEOUT == 4, "a value is never changed");
_Static_assert(WS_CAUSE_REQUEST_TIMEOUT == 5, "a value is never changed");
_Static_assert(WS_CAUSE_QUEUE_TIMEOUT == 6, "a value is never changed");
_Static_assert(WS_CAUSE_QUEUE_FULL == 7, "a value is never changed");
_Static_assert(WS_CAUSE_ADDRESS_LIMIT == 8, "a value is never changed");
_Static_assert(WS_CAUSE_FAILED == 9, "a value is never changed");
_Static_assert(WS_CAUSE_CLIENT_GONE == 10, "a value is never changed");
_Static_assert(WS_CAUSE_LOST == 11, "a value is never changed");
_Static_assert(WS_CAUSE_STOPPED == 12, "a value is never changed");
_Static_assert(WS_CAUSE_DETACHED == 13, "a value is never changed");
_Static_assert(WS_AT_ACCEPT == 0, "a value is never changed");
_Static_assert(WS_AT_BEGIN == 1, "a value is never changed");
_Static_assert(WS_AT_HEAD == 2, "a value is never changed");
_Static_assert(WS_AT_WHOLE == 3, "a value is never changed");
_Static_assert(WS_AT_TAKE == 4, "a value is never changed");
_Static_assert(WS_AT_FIRST_BYTE == 5, "a value is never changed");
_Static_assert(WS_AT_LAST_BYTE == 6, "a value is never changed");
_Static_assert(WS_AT_END == 7, "a value is never changed");
#endif

const char* ws_status_name(ws_status status);
const char* ws_last_error(void);
const char* ws_version(void);
int ws_abi_version(void);
const char* ws_request_get(ws_request* request, const char* key);
ws_status ws_request_set(ws_request* request, const char* key, const char* value);
ws_status ws_request_environ_at(ws_request* request, size_t index, const char** key,
                                const char** value);
size_t ws_request_pack(ws_request* request, char* buffer, size_t capacity);
int64_t ws_request_read(ws_request* request, void* buffer, size_t capacity);
ws_status ws_request_rewind(ws_request* request);
int64_t ws_request_body_size(ws_request* request);
int ws_request_gone(ws_request* request);
ws_status ws_request_defer(ws_request* request);
void ws_request_release(ws_request* request);
ws_status ws_request_detach(ws_request* request, int* fd, const char** left, size_t* left_size);
ws_status ws_request_reply(ws_request* request, int status, const char* content_type,
                           const void* data, size_t size);
ws_status ws_request_start(ws_request* request, int status, const char* reason);
ws_status ws_request_add_header(ws_request* request, const char* name, const char* value);
ws_status ws_request_add_headers(ws_request* request, const char* fields, size_t size);
ws_status ws_request_write(ws_request* request, const void* data, size_t size);
ws_status ws_request_flush(ws_request* request);
ws_status ws_request_send_file(ws_request* request, int fd, int64_t offset, int64_t size);
ws_status ws_request_add_trailer(ws_request* request, const char* name, const char* value);
ws_status ws_request_interim(ws_request* request, int status);
ws_status ws_request_end(ws_request* request);
ws_status ws_request_finish(ws_request* request, const void* data, size_t size);
ws_status ws_request_fail(ws_request* request, const char* text);
ws_server* ws_server_new(void);
ws_status ws_server_set(ws_server* server, const char* name, const char* value);
const char* ws_server_get(ws_server* server, const char* name);
ws_status ws_server_set_app(ws_server* server, ws_app_fn app, void* app_data);
ws_status ws_server_use(ws_server* server, ws_filter_fn filter, void* filter_data);
ws_status ws_next_call(ws_next* next, ws_request* request);
ws_status ws_server_set_log(ws_server* server, ws_log_fn log, void* log_data);
ws_status ws_server_listen(ws_server* server);
int ws_server_port(ws_server* server, size_t index);
const char* ws_server_address(ws_server* server, size_t index);
ws_status ws_server_run(ws_server* server);
ws_status ws_server_start(ws_server* server);
ws_status ws_server_join(ws_server* server);
const char* ws_server_metrics_address(ws_server* server, size_t index);
void ws_server_stop(ws_server* server);
void ws_server_drain(ws_server* server, int deadline_ms);
int64_t ws_server_stat(ws_server* server, const char* name);
void ws_server_free(ws_server* server);
ws_status ws_server_on_head(ws_server* server, ws_head_fn head, void* head_data);
ws_status ws_request_limit_body(ws_request* request, uint64_t bytes);
ws_status ws_request_stream_body(ws_request* request);
ws_status ws_request_read_some(ws_request* request, void* buffer, size_t capacity, int timeout_ms,
                               size_t* got);
ws_status ws_request_trailer_at(ws_request* request, size_t index, const char** name,
                                const char** value);
ws_status ws_request_try_write(ws_request* request, const void* data, size_t size);
uint64_t ws_request_pending(ws_request* request);
ws_status ws_request_set_mark(ws_request* request, uint64_t bytes);
int ws_request_event_fd(ws_request* request);
ws_worker* ws_worker_new(ws_server* server);
ws_status ws_worker_next(ws_worker* worker, int timeout_ms, ws_request** request);
void ws_worker_wake(ws_worker* worker);
int ws_worker_fd(ws_worker* worker);
void ws_worker_free(ws_worker* worker);
ws_status ws_server_use_named(ws_server* server, const char* name, const char* settings);
ws_status ws_server_load(ws_server* server, const char* name, const char* settings);
ws_status ws_server_load_settings(ws_server* server, const char* name, const char* settings);
ws_status ws_server_check(ws_server* server);
size_t ws_server_explain_proxy(ws_server* server, const char* peer, const char* fields,
                               char* buffer, size_t capacity);
size_t ws_server_explain_sizing(ws_server* server, char* buffer, size_t capacity);
ws_status ws_server_on_done(ws_server* server, ws_done_fn done, void* done_data);
void ws_server_reopen_logs(ws_server* server);
int ws_done_status(const ws_done* done);
ws_cause ws_done_cause(const ws_done* done);
const char* ws_cause_name(ws_cause cause);
int64_t ws_done_time(const ws_done* done, ws_moment moment);
uint64_t ws_done_bytes_in(const ws_done* done);
uint64_t ws_done_bytes_out(const ws_done* done);
uint64_t ws_done_body_bytes_out(const ws_done* done);
const char* ws_done_get(const ws_done* done, const char* key);
size_t ws_option_count(void);
const char* ws_option_name(size_t index);
const char* ws_option_type(size_t index);
const char* ws_option_unit(size_t index);
const char* ws_option_default(size_t index);
const char* ws_option_range(size_t index);
const char* ws_option_help(size_t index);
const char* ws_option_since(size_t index);
size_t ws_stat_count(void);
const char* ws_stat_name(size_t index);
const char* ws_stat_metric(size_t index);
const char* ws_stat_labels(size_t index);
const char* ws_stat_type(size_t index);
const char* ws_stat_unit(size_t index);
const char* ws_stat_help(size_t index);
const char* ws_stat_since(size_t index);
ws_status ws_worker_take(ws_worker* worker, int timeout_ms, ws_request** request, ws_pair* pairs,
                         size_t capacity, size_t* count);
ws_status ws_worker_take_packed(ws_worker* worker, int timeout_ms, ws_request** request,
                                char* buffer, size_t capacity, size_t* size);
size_t ws_request_pairs(ws_request* request, ws_pair* pairs, size_t capacity);
ws_status ws_request_begin(ws_request* request, int status, const char* reason, const char* fields,
                           size_t fields_size);
ws_status ws_request_answer(ws_request* request, int status, const char* reason, const char* fields,
                            size_t fields_size, const void* body, size_t body_size);
ws_status ws_request_check_fields(ws_request* request, int status, const char* fields,
                                  size_t fields_size);
ws_status ws_request_discard(ws_request* request);
ws_status ws_request_give_up(ws_request* request, const char* text);
ws_status ws_server_set_packed(ws_server* server, const char* settings, size_t size);
ws_status ws_server_keep_log(ws_server* server, size_t limit);
ws_status ws_server_take_log(ws_server* server, ws_severity* severity, const char** line,
                             size_t* size);
int ws_server_log_fd(ws_server* server);

/* Each of them, for a program that needs them all. */
#define EACH_FUNCTION_OF_1_0(use)                                                                               \
  use(ws_abi_version) use(ws_cause_name) use(ws_done_body_bytes_out) use(ws_done_bytes_in) use(                 \
      ws_done_bytes_out) use(ws_done_cause) use(ws_done_get) use(ws_done_status) use(ws_done_time)              \
      use(ws_last_error) use(ws_next_call) use(ws_option_count) use(ws_option_default) use(                     \
          ws_option_help) use(ws_option_name) use(ws_option_range) use(ws_option_since) use(ws_option_type)     \
          use(ws_option_unit) use(ws_request_add_header) use(ws_request_add_headers) use(                       \
              ws_request_add_trailer) use(ws_request_answer) use(ws_request_begin) use(ws_request_body_size)    \
              use(ws_request_check_fields) use(ws_request_defer) use(ws_request_detach) use(                    \
                  ws_request_discard) use(ws_request_end) use(ws_request_environ_at) use(ws_request_event_fd)   \
                  use(ws_request_fail) use(ws_request_finish) use(ws_request_flush) use(                        \
                      ws_request_get) use(ws_request_give_up) use(ws_request_gone) use(ws_request_interim)      \
                      use(ws_request_limit_body) use(ws_request_pack) use(ws_request_pairs) use(                \
                          ws_request_pending) use(ws_request_read) use(ws_request_read_some)                    \
                          use(ws_request_release) use(ws_request_reply) use(ws_request_rewind) use(             \
                              ws_request_send_file) use(ws_request_set) use(ws_request_set_mark)                \
                              use(ws_request_start) use(ws_request_stream_body) use(                            \
                                  ws_request_trailer_at) use(ws_request_try_write) use(ws_request_write)        \
                                  use(ws_server_address) use(ws_server_check) use(ws_server_drain) use(         \
                                      ws_server_explain_proxy) use(ws_server_explain_sizing)                    \
                                      use(ws_server_free) use(ws_server_get) use(ws_server_join) use(           \
                                          ws_server_keep_log) use(ws_server_listen) use(ws_server_load)         \
                                          use(ws_server_load_settings) use(ws_server_log_fd) use(               \
                                              ws_server_metrics_address) use(ws_server_new)                     \
                                              use(ws_server_on_done) use(ws_server_on_head) use(                \
                                                  ws_server_port) use(ws_server_reopen_logs) use(ws_server_run) \
                                                  use(ws_server_set) use(ws_server_set_app) use(                \
                                                      ws_server_set_log) use(ws_server_set_packed)              \
                                                      use(ws_server_start) use(ws_server_stat) use(             \
                                                          ws_server_stop) use(ws_server_take_log)               \
                                                          use(ws_server_use) use(                               \
                                                              ws_server_use_named) use(ws_stat_count)           \
                                                              use(ws_stat_help) use(ws_stat_labels) use(        \
                                                                  ws_stat_metric) use(ws_stat_name)             \
                                                                  use(ws_stat_since) use(                       \
                                                                      ws_stat_type) use(ws_stat_unit)           \
                                                                      use(ws_status_name) use(                  \
                                                                          ws_version) use(ws_worker_fd)         \
                                                                          use(ws_worker_free) use(              \
                                                                              ws_worker_new)                    \
                                                                              use(ws_worker_next) use(          \
                                                                                  ws_worker_take)               \
                                                                                  use(ws_worker_take_packed)    \
                                                                                      use(ws_worker_wake)

#endif
