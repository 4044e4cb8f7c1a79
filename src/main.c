/* The wserve command: one application, served until a signal comes. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "descriptors.h"
#include "help.h"
#include "reload.h"

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

/* Not SIG_IGN, which programs that the application starts would inherit. */
static void on_other_signal(int number) {
  (void)number;
}

static void on_reopen_signal(int number) {
  (void)number;
  ws_server_reopen_logs(running);
}

static void on_reload_signal(int number) {
  (void)number;
  const int kept_errno = errno;
  ask_to_reload();
  errno = kept_errno;
}

static void handle(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, NULL);
}

/* One that is ignored stays so: nohup(1) lets its programs outlive their terminal. */
static int is_ignored(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static int has_terminal(void) {
  const int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd >= 0) {
    close(fd);
  }
  return fd >= 0;
}

static void install_handlers(ws_server* server, int may_reload) {
  running = server;
  handle(SIGINT, on_stop_signal);
  handle(SIGTERM, on_stop_signal);
  handle(SIGQUIT, on_stop_signal);
  handle(SIGUSR1, on_reopen_signal);
  if (!is_ignored(SIGHUP)) {
    handle(SIGHUP, may_reload ? on_reload_signal : on_stop_signal);
  }
}

/* From here on there is nothing to be stopped any more, and the end is near. */
static void ignore_stop_signals(void) {
  handle(SIGINT, SIG_IGN);
  handle(SIGTERM, SIG_IGN);
  handle(SIGQUIT, SIG_IGN);
  handle(SIGUSR1, on_other_signal);
  handle(SIGHUP, SIG_IGN);
}

/* A standard stream that is closed would become a socket: what is printed would go to a client. */
static void open_standard_streams(void) {
  int fd = STDIN_FILENO;
  while (fd >= 0 && fd <= STDERR_FILENO) {
    fd = open("/dev/null", O_RDWR);
  }
  if (fd >= 0) {
    close(fd);
  }
}

static void print_addresses(ws_server* server) {
  const char* address;
  for (size_t i = 0; (address = ws_server_address(server, i)) != NULL; ++i) {
    printf("Serving on http://%s\n", address);
  }
  for (size_t i = 0; (address = ws_server_metrics_address(server, i)) != NULL; ++i) {
    printf("Metrics on http://%s/metrics\n", address);
  }
}

/* Whoever serves files without saying which should see which: it is the current folder. */
static void print_folder(const struct command_line* line) {
  if (strcmp(line->app, "files") == 0 || strcmp(line->app, "egg:wserve#files") == 0) {
    char* folder = realpath(line->root != NULL ? line->root : ".", NULL);
    printf("Files of %s\n", folder != NULL ? folder : "?");
    free(folder);
  }
}

static int fail(const char* problem) {
  fprintf(stderr, "wserve: %s\n", problem);
  return EXIT_CANNOT_SERVE;
}

static int load(ws_server* server, const struct command_line* line) {
  return ws_server_load(server, line->app, line->settings) == WS_OK ? EXIT_STOPPED
                                                                    : fail(ws_last_error());
}

/* SIGHUP says that the terminal has gone, or, where there is none, that the file has changed. */
static int serve(ws_server* server, const struct command_line* line) {
  if (load(server, line) != EXIT_STOPPED) {
    return EXIT_CANNOT_SERVE;
  }
  raise_descriptor_limit(server);
  const int may_reload = !has_terminal() && begin_reloading(server, line->app) == 0;
  install_handlers(server,
                   may_reload); /* before it can be reached: who has reached it may stop it */
  if (ws_server_listen(server) != WS_OK) {
    ignore_stop_signals();
    return fail(ws_last_error());
  }
  keep_sockets(server);
  print_addresses(server);
  print_folder(line);
  fflush(stdout);
  const int result = ws_server_run(server) == WS_OK ? EXIT_STOPPED : fail(ws_last_error());
  ignore_stop_signals();
  return result;
}

/* What contradicts itself is looked for behind a mistake as well: both are mended at once. */
static int check(ws_server* server, const struct command_line* line) {
  int result = load(server, line);
  if (ws_server_check(server) != WS_OK) {
    result = fail(ws_last_error());
  }
  if (result != EXIT_STOPPED) {
    return result;
  }
  printf("%s can be served\n", line->app);
  print_folder(line);
  return EXIT_STOPPED;
}

static int explain_proxy(ws_server* server, const struct command_line* line) {
  const size_t size = ws_server_explain_proxy(server, line->peer, line->fields, NULL, 0);
  char* text = size > 0 ? malloc(size + 1) : NULL;
  if (text == NULL) {
    return fail(ws_last_error());
  }
  ws_server_explain_proxy(server, line->peer, line->fields, text, size + 1);
  fputs(text, stdout);
  free(text);
  return EXIT_STOPPED;
}

static int explain_sizing(ws_server* server) {
  const size_t size = ws_server_explain_sizing(server, NULL, 0);
  char* text = size > 0 ? malloc(size + 1) : NULL;
  if (text == NULL) {
    return fail(ws_last_error());
  }
  ws_server_explain_sizing(server, text, size + 1);
  fputs(text, stdout);
  free(text);
  return EXIT_STOPPED;
}

int main(int argc, char** argv) {
  /* They mean nothing yet, and must not end the process in the middle of its work. */
  handle(SIGUSR1, on_other_signal);
  handle(SIGUSR2, on_other_signal);
  if (!has_terminal() && !is_ignored(SIGHUP)) {
    handle(SIGHUP, on_other_signal);
  }
  open_standard_streams();
  keep_command_line(argc, argv);
  ws_server* server = ws_server_new();
  if (server == NULL) {
    return fail(ws_last_error());
  }
  struct command_line line;
  int result = EXIT_STOPPED;
  switch (read_command_line(argc, argv, server, &line)) {
    case ACTION_SERVE:
      result = serve(server, &line);
      break;
    case ACTION_CHECK:
      result = check(server, &line);
      break;
    case ACTION_EXPLAIN_PROXY:
      result = explain_proxy(server, &line);
      break;
    case ACTION_EXPLAIN_SIZING:
      result = explain_sizing(server);
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
  if (end_reloading() != 0) {
    fflush(NULL);
    _exit(result); /* the thread still uses what would be freed */
  }
  free_command_line(&line);
  ws_server_free(server);
  return result;
}
