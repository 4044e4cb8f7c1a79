/* The wserve command: one application, served until a signal comes. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app_loader.h"
#include "command_line.h"

enum { EXIT_STOPPED = 0, EXIT_CANNOT_SERVE = 1, EXIT_USAGE = 2 };

/* For the signal handler; set before it is installed. */
static ws_server* running;
static volatile sig_atomic_t signals_seen;

/* The first signal lets answers be finished, the second does not. */
static void on_stop_signal(int number) {
  (void)number;
  const int kept_errno = errno;
  if (signals_seen++ == 0) {
    ws_server_stop(running);
  } else {
    ws_server_drain(running, 0);
  }
  errno = kept_errno;
}

static void install_handlers(ws_server* server) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  running = server;
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static void print_addresses(ws_server* server) {
  const char* address;
  for (size_t i = 0; (address = ws_server_address(server, i)) != NULL; ++i) {
    printf("Serving on http://%s\n", address);
  }
  fflush(stdout);
}

static int fail(const char* problem) {
  fprintf(stderr, "wserve: %s\n", problem);
  return EXIT_CANNOT_SERVE;
}

static int serve(ws_server* server, const struct loaded_app* app) {
  if (ws_server_set_app(server, app->app, app->data) != WS_OK ||
      ws_server_listen(server) != WS_OK) {
    return fail(ws_last_error());
  }
  install_handlers(server);
  print_addresses(server);
  return ws_server_run(server) == WS_OK ? EXIT_STOPPED : fail(ws_last_error());
}

static int load_and_serve(ws_server* server, const struct command_line* line) {
  struct loaded_app app;
  char problem[512];
  if (load_app(line->app, line->app_folders, line->settings, &app, problem, sizeof problem) != 0) {
    fprintf(stderr, "wserve: application \"%s\": %s\n", line->app, problem);
    return EXIT_CANNOT_SERVE;
  }
  const int result = serve(server, &app);
  unload_app(&app);
  return result;
}

int main(int argc, char** argv) {
  ws_server* server = ws_server_new();
  if (server == NULL) {
    return fail(ws_last_error());
  }
  struct command_line line;
  int result = EXIT_STOPPED;
  switch (read_command_line(argc, argv, server, &line)) {
    case ACTION_SERVE:
      result = load_and_serve(server, &line);
      break;
    case ACTION_HELP:
      print_help();
      break;
    case ACTION_VERSION:
      printf("wserve %s\n", ws_version());
      break;
    case ACTION_FAIL:
      result = EXIT_USAGE;
      break;
  }
  free_command_line(&line);
  ws_server_free(server);
  return result;
}
