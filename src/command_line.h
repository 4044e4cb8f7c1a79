/* The command line of wserve: options by the library's own table, then an application and its
 * settings. */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stddef.h>

#include <wserve/wserve.h>

enum action {
  ACTION_SERVE,
  ACTION_CHECK,
  ACTION_EXPLAIN_PROXY,
  ACTION_EXPLAIN_SIZING,
  ACTION_HELP,
  ACTION_VERSION,
  ACTION_FAIL
};

struct command_line {
  const char* app;  /* what to serve */
  char* settings;   /* of the app, as ws_server_load() takes them */
  const char* root; /* the setting of that name; NULL without one */
  const char* peer; /* who would connect, to explain proxies */
  char* fields;     /* of the request, one a line */
};

/* Reads the words and sets the options and filters of `server`. ACTION_FAIL has said on standard
 * error what is wrong. The words of `argv` are used in place and changed. */
enum action read_command_line(int argc, char** argv, ws_server* server, struct command_line* line);
void free_command_line(struct command_line* line);

#endif
