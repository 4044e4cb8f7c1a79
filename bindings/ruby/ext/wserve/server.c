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

void wserve_define_server(VALUE server) {
  rb_define_method(server, "join", server_join, 0);
  rb_define_method(server, "explain_proxy", server_explain_proxy, 2);
}
