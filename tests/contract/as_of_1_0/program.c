/* A program as one was written for libwserve 1.0. It is built twice: with the declarations of then
 * alone, as a binary of that time is that meets today's library; and behind today's headers. */
#define _GNU_SOURCE
#ifdef WITH_HEADERS_OF_TODAY
#include <wserve/wserve.h>
/* In this order. */
#include <wserve/binding.h>
#endif

#include <stdio.h>
#include <string.h>

#include "interface.h"
#include "support/client.h"
#include "support/cmocka.h"

typedef void (*function)(void);
#define ADDRESS_OF(name) (function) name,
static function const functions[] = {EACH_FUNCTION_OF_1_0(ADDRESS_OF)};

static void test_program__finds_every_function(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; ++i) {
    assert_non_null(functions[i]);
  }
  assert_int_equal(ws_abi_version(), 1);
  assert_string_equal(ws_status_name(WS_EINVAL), "WS_EINVAL");
  assert_string_equal(ws_cause_name(WS_CAUSE_ANSWERED), ws_cause_name((ws_cause)0));
}

static const char* const options[] = {
    "listen",
    "host",
    "port",
    "ipv4",
    "ipv6",
    "unix_socket",
    "unix_socket_perms",
    "sockets",
    "backlog",
    "tcp_keepalive",
    "threads",
    "loops",
    "app_path",
    "url_scheme",
    "url_prefix",
    "server_name",
    "ident",
    "trusted_proxy",
    "trusted_proxy_count",
    "trusted_proxy_headers",
    "clear_untrusted_proxy_headers",
    "log_untrusted_proxy_headers",
    "max_proxy_protocol_header",
    "max_request_header_size",
    "max_request_header_line",
    "max_request_header_fields",
    "max_request_body_size",
    "inbuf_overflow",
    "body_streaming",
    "body_window",
    "outbuf_overflow",
    "outbuf_high_watermark",
    "buffer_memory_limit",
    "buffer_file_limit",
    "recv_bytes",
    "connection_limit",
    "connection_limit_per_address",
    "request_limit",
    "queue_limit",
    "temporary_directory",
    "temporary_reserve",
    "channel_timeout",
    "keepalive_timeout",
    "header_timeout",
    "body_timeout",
    "body_min_rate",
    "write_timeout",
    "write_min_rate",
    "request_timeout",
    "queue_timeout",
    "cleanup_interval",
    "stop_timeout",
    "expose_tracebacks",
    "log_socket_errors",
    "log_level",
    "log_fd",
    "metrics_listen",
    "health_path",
    "health_queue_time",
    "systemd_notify",
    "access_log",
    "access_log_format",
    "send_bytes",
    "channel_request_lookahead",
    "asyncore_loop_timeout",
    "asyncore_use_poll",
};

static void test_program__can_set_every_option_to_its_default(void** state) {
  (void)state;
  ws_server* server = ws_server_new();
  assert_non_null(server);
  for (size_t i = 0; i < sizeof options / sizeof options[0]; ++i) {
    char text[256];
    snprintf(text, sizeof text, "%s", ws_server_get(server, options[i]));
    assert_int_equal(ws_server_set(server, options[i], text), WS_OK);
    assert_int_equal(ws_server_set(server, options[i], NULL), WS_OK);
  }
  assert_int_equal(ws_server_set(server, "no_such_option", ""), WS_EUNKNOWN);
  ws_server_free(server);
}

static ws_status filter(ws_request* request, ws_next* next, void* filter_data) {
  ws_request_set(request, "seen.by", filter_data);
  return ws_next_call(next, request);
}

static ws_status app(ws_request* request, void* app_data) {
  char body[64];
  const int64_t size = ws_request_read(request, body, sizeof body);
  if (size < 0) {
    return WS_EAPP;
  }
  ws_request_start(request, 201, NULL);
  ws_request_add_header(request, "X-Path", ws_request_get(request, "PATH_INFO"));
  ws_request_add_header(request, "X-Seen-By", ws_request_get(request, "seen.by"));
  ws_request_add_header(request, "X-Data", app_data);
  return ws_request_finish(request, body, (size_t)size);
}

/* What was told of the one request, on another thread; read when that has ended. */
static struct {
  int status;
  ws_cause cause;
  uint64_t body_bytes_out;
} seen;

static void on_done(const ws_done* done, void* done_data) {
  (void)done_data;
  seen.status = ws_done_status(done);
  seen.cause = ws_done_cause(done);
  seen.body_bytes_out = ws_done_body_bytes_out(done);
}

static void ignore_line(ws_severity severity, const char* line, void* log_data) {
  (void)severity;
  (void)line;
  (void)log_data;
}

static ws_server* make_server(void) {
  ws_server* server = ws_server_new();
  assert_non_null(server);
  assert_int_equal(ws_server_set(server, "listen", "127.0.0.1:0"), WS_OK);
  assert_int_equal(ws_server_set(server, "threads", "2"), WS_OK);
  assert_int_equal(ws_server_set_log(server, ignore_line, NULL), WS_OK);
  return server;
}

static void end_server(ws_server* server) {
  ws_server_stop(server);
  assert_int_equal(ws_server_join(server), WS_OK);
  ws_server_free(server);
}

static void test_program__serves_by_callback(void** state) {
  (void)state;
  ws_server* server = make_server();
  assert_int_equal(ws_server_use(server, filter, "filter"), WS_OK);
  assert_int_equal(ws_server_set_app(server, app, "data"), WS_OK);
  assert_int_equal(ws_server_on_done(server, on_done, NULL), WS_OK);
  assert_int_equal(ws_server_listen(server), WS_OK);
  assert_int_equal(ws_server_start(server), WS_OK);
  struct response response = client_ask(
      ws_server_port(server, 0), "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  end_server(server);
  assert_int_equal(response.status, 201);
  assert_string_equal(response_field(&response, "X-Path"), "/a");
  assert_string_equal(response_field(&response, "X-Seen-By"), "filter");
  assert_string_equal(response_field(&response, "X-Data"), "data");
  assert_string_equal(response.body, "hello");
  response_free(&response);
  assert_int_equal(seen.status, 201);
  assert_int_equal(seen.cause, WS_CAUSE_ANSWERED);
  assert_int_equal(seen.body_bytes_out, 5);
}

static void test_program__serves_by_pulling(void** state) {
  (void)state;
  ws_server* server = make_server();
  ws_worker* worker = ws_worker_new(server);
  assert_non_null(worker);
  assert_int_equal(ws_server_listen(server), WS_OK);
  assert_int_equal(ws_server_start(server), WS_OK);
  ws_request* request = NULL;
  assert_int_equal(ws_worker_next(worker, 0, &request), WS_TIMEOUT);

  const int fd = client_connect(ws_server_port(server, 0));
  assert_true(client_send_text(fd, "GET /pulled HTTP/1.1\r\nHost: h\r\n\r\n"));
  assert_int_equal(ws_worker_next(worker, -1, &request), WS_OK);
  const char* path = ws_request_get(request, "PATH_INFO");
  assert_int_equal(ws_request_reply(request, 200, "text/plain", path, strlen(path)), WS_OK);
  ws_request_release(request);
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "/pulled");
  response_free(&response);
  client_close(fd);

  ws_server_stop(server);
  assert_int_equal(ws_worker_next(worker, -1, &request), WS_CLOSED);
  ws_worker_free(worker);
  assert_int_equal(ws_server_join(server), WS_OK);
  ws_server_free(server);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_program__finds_every_function),
      cmocka_unit_test(test_program__can_set_every_option_to_its_default),
      cmocka_unit_test(test_program__serves_by_callback),
      cmocka_unit_test(test_program__serves_by_pulling),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
