/* The command line of wserve: options by the library's own table, then an application and its
 * settings. */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stddef.h>

#include <wserve/wserve.h>

enum action { ACTION_SERVE, ACTION_HELP, ACTION_VERSION, ACTION_FAIL };

struct command_line {
  const char* app;          /* what to serve */
  const char** settings;    /* of the app: name, value, ..., NULL */
  const char** app_folders; /* to look for apps in: folder, ..., NULL */
};

/* Reads the words and sets the options of `server`. ACTION_FAIL has said on standard error what is
 * wrong. The words of `argv` are used in place and changed. */
enum action read_command_line(int argc, char** argv, ws_server* server, struct command_line* line);
void free_command_line(struct command_line* line);

/* On standard output. */
void print_help(void);

#endif
