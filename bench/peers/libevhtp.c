/* libevhtp. usage: libevhtp PORT */
#include <evhtp/evhtp.h>
#include <stdlib.h>

static void answer(evhtp_request_t* request, void* data) {
  (void)data;
  evhtp_header_t* type = evhtp_header_new("Content-Type", "text/plain; charset=utf-8", 0, 0);
  evhtp_headers_add_header(request->headers_out, type);
  evbuffer_add(request->buffer_out, "Hello, World!\n", 14);
  evhtp_send_reply(request, EVHTP_RES_OK);
}

int main(int argc, char** argv) {
  struct event_base* base = event_base_new();
  evhtp_t* server = evhtp_new(base, NULL);
  evhtp_enable_flag(server, EVHTP_FLAG_ENABLE_NODELAY);
  evhtp_set_gencb(server, answer, NULL);
  if (argc != 2 ||
      evhtp_bind_socket(server, "127.0.0.1", (unsigned short)atoi(argv[1]), 1024) != 0) {
    return 1;
  }
  return event_base_loop(base, 0);
}
