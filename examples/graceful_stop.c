/* Stops well: the first SIGTERM or SIGINT lets every request that was taken be answered, for up to
 * ten seconds; the second one cuts. The library installs no signal handlers; the program does, and
 * may call it from them. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "example.h"

static ws_server* server;
static volatile sig_atomic_t asked;

static void on_signal(int number) {
  const int kept_errno = errno;
  (void)number;
  ws_server_drain(server, asked ? 0 : 10000);
  asked = 1;
  errno = kept_errno;
}

static ws_status slow(ws_request* request, void* app_data) {
  const struct timespec pause = {.tv_nsec = 500 * 1000 * 1000};
  (void)app_data;
  nanosleep(&pause, NULL);
  return ws_request_reply(request, 200, "text/plain", "done\n", 5);
}

int main(int argc, char** argv) {
  struct sigaction action;
  server = make_server(argc, argv);
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  need(ws_server_set_app(server, slow, NULL));
  need(ws_server_listen(server));
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  puts("stopped");
  return 0;
}
