/* libmicrohttpd, its epoll loop on one thread. usage: libmicrohttpd PORT */
#include <microhttpd.h>
#include <stdlib.h>
#include <unistd.h>

static enum MHD_Result answer(void* data, struct MHD_Connection* connection, const char* url,
                              const char* method, const char* version, const char* upload,
                              size_t* upload_size, void** state) {
  (void)url, (void)method, (void)version, (void)upload, (void)state;
  if (*upload_size > 0) {
    *upload_size = 0;
    return MHD_YES;
  }
  return MHD_queue_response(connection, MHD_HTTP_OK, data);
}

int main(int argc, char** argv) {
  static char text[] = "Hello, World!\n";
  struct MHD_Response* response =
      MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
  const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO;
  const unsigned short port = argc == 2 ? (unsigned short)atoi(argv[1]) : 0;
  if (port == 0 || MHD_start_daemon(flags, port, NULL, NULL, answer, response,
                                    MHD_OPTION_CONNECTION_LIMIT, 20000U, MHD_OPTION_END) == NULL) {
    return 1;
  }
  for (;;) {
    pause();
  }
}
