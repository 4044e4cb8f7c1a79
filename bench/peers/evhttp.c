/* libevent's own HTTP server. usage: evhttp PORT */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>

static void answer(struct evhttp_request* request, void* data) {
  (void)data;
  struct evkeyvalq* fields = evhttp_request_get_output_headers(request);
  evhttp_add_header(fields, "Content-Type", "text/plain; charset=utf-8");
  evbuffer_add_printf(evhttp_request_get_output_buffer(request), "Hello, World!\n");
  evhttp_send_reply(request, 200, "OK", NULL);
}

int main(int argc, char** argv) {
  struct event_base* base = event_base_new();
  struct evhttp* server = evhttp_new(base);
  if (argc != 2 || evhttp_bind_socket(server, "127.0.0.1", (unsigned short)atoi(argv[1])) != 0) {
    return 1;
  }
  evhttp_set_gencb(server, answer, NULL);
  return event_base_dispatch(base);
}
