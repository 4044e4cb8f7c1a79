/* What of a server waits, or fills a buffer. */
#include "native.h"

static void* wait_for_end(void* server) {
  return (void*)(intptr_t)ws_server_join(server);
}

/* A process that ends does not wait for a server that nobody stops any more. */
static void stop(void* server) {
  ws_server_stop(server);
}

/* Waits until the server has stopped; to interrupt the thread stops it. */
static VALUE server_join(VALUE self) {
  ws_server* server = wserve_server(self);
  VALUE result = wserve_checked(
      (ws_status)(intptr_t)rb_thread_call_without_gvl(wait_for_end, server, stop, server));
  RB_GC_GUARD(self);
  return result;
}

/* call-seq: explain_proxy(peer, fields) -> String */
static VALUE server_explain_proxy(VALUE self, VALUE peer, VALUE fields) {
  ws_server* server = wserve_server(self);
  const char* peer_text = StringValueCStr(peer);
  const char* lines = StringValueCStr(fields);
  const size_t size = ws_server_explain_proxy(server, peer_text, lines, NULL, 0);
  if (size == 0) {
    wserve_raise(WS_EINVAL);
  }
  VALUE text = rb_utf8_str_new(NULL, (long)size);
  /* A Ruby string has room for the NUL behind it. */
  ws_server_explain_proxy(server, peer_text, lines, RSTRING_PTR(text), size + 1);
  RB_GC_GUARD(self);
  return text;
}

/* [what it is about, the line], or nil. Lines are any bytes: who takes them says what they are. */
static VALUE taken(ws_status status, int64_t about, const char* line, size_t size) {
  if (status == WS_TIMEOUT) {
    return Qnil;
  }
  wserve_checked(status);
  return rb_assoc_new(LL2NUM(about), rb_utf8_str_new(line, (long)size));
}

/* call-seq: take_log -> [severity, String] or nil */
static VALUE server_take_log(VALUE self) {
  ws_severity severity = WS_LOG_INFO;
  const char* line = NULL;
  size_t size = 0;
  const ws_status status = ws_server_take_log(wserve_server(self), &severity, &line, &size);
  return taken(status, severity, line, size);
}

/* call-seq: take_access -> [0, String] or nil */
static VALUE server_take_access(VALUE self) {
  const char* line = NULL;
  size_t size = 0;
  const ws_status status = ws_server_take_access(wserve_server(self), &line, &size);
  return taken(status, 0, line, size);
}

/* call-seq: take_slow -> [native id of a thread, String] or nil */
static VALUE server_take_slow(VALUE self) {
  int64_t thread = 0;
  const void* request = NULL;
  const char* line = NULL;
  size_t size = 0;
  const ws_status status =
      ws_server_take_slow(wserve_server(self), &thread, &request, &line, &size);
  return taken(status, thread, line, size);
}

void wserve_define_server(VALUE server) {
  rb_define_method(server, "join", server_join, 0);
  rb_define_method(server, "explain_proxy", server_explain_proxy, 2);
  rb_define_method(server, "take_log", server_take_log, 0);
  rb_define_method(server, "take_access", server_take_access, 0);
  rb_define_method(server, "take_slow", server_take_slow, 0);
}
