/* civetweb, a thread for each of the connections. usage: civetweb PORT */
#include <civetweb.h>
#include <unistd.h>

static int answer(struct mg_connection* connection, void* data) {
  (void)data;
  mg_printf(connection,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n"
            "\r\nHello, World!\n");
  return 200;
}

int main(int argc, char** argv) {
  const char* options[] = {"listening_ports",
                           argc == 2 ? argv[1] : "0",
                           "num_threads",
                           "64",
                           "enable_keep_alive",
                           "yes",
                           "keep_alive_timeout_ms",
                           "5000",
                           "tcp_nodelay",
                           "1",
                           NULL};
  const struct mg_callbacks callbacks = {0};
  struct mg_context* server = mg_start(&callbacks, NULL, options);
  if (server == NULL) {
    return 1;
  }
  mg_set_request_handler(server, "/", answer, NULL);
  for (;;) {
    pause();
  }
}
