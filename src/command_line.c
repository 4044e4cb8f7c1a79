/* Reading the words behind "wserve", and explaining them. */
#define _GNU_SOURCE
#include "command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What getopt_long() returns for each kind of option. */
enum { OPTION_VALUE = 256, OPTION_NO, OPTION_HELP, OPTION_VERSION, OPTION_APP_PATH };

static int is_bool(size_t index) {
  return strcmp(ws_option_type(index), "bool") == 0;
}

/* "_" becomes "-", up to the "=" if there is one. */
static void spell_with_dashes(char* name) {
  for (char* c = name; *c != '\0' && *c != '='; ++c) {
    if (*c == '_') {
      *c = '-';
    }
  }
}

/* A name of its own, because "--no-" and the dashes are not in the table. */
static char* with_dashes(const char* prefix, const char* name) {
  const size_t size = strlen(prefix) + strlen(name) + 1;
  char* text = malloc(size);
  if (text != NULL) {
    snprintf(text, size, "%s%s", prefix, name);
    spell_with_dashes(text);
  }
  return text;
}

/* One entry for each option, one more for the "no" of each bool, three of ours and the end. */
static struct option* make_options(void) {
  const size_t count = ws_option_count();
  struct option* options = calloc(2 * count + 4, sizeof *options);
  struct option* next = options;
  for (size_t i = 0; options != NULL && i < count; ++i) {
    *next++ =
        (struct option){with_dashes("", ws_option_name(i)),
                        is_bool(i) ? optional_argument : required_argument, NULL, OPTION_VALUE};
    if (is_bool(i)) {
      *next++ =
          (struct option){with_dashes("no-", ws_option_name(i)), no_argument, NULL, OPTION_NO};
    }
  }
  if (options != NULL) {
    *next++ = (struct option){with_dashes("", "help"), no_argument, NULL, OPTION_HELP};
    *next++ = (struct option){with_dashes("", "version"), no_argument, NULL, OPTION_VERSION};
    *next++ =
        (struct option){with_dashes("", "app-path"), required_argument, NULL, OPTION_APP_PATH};
  }
  return options;
}

static void free_options(struct option* options) {
  for (struct option* one = options; one != NULL && one->name != NULL; ++one) {
    free((char*)one->name);
  }
  free(options);
}

static enum action fail(const char* problem) {
  fprintf(stderr, "wserve: %s\nTry 'wserve --help' for more information.\n", problem);
  return ACTION_FAIL;
}

/* --listen may repeat: its values add up. Of every other option the last one counts. */
static ws_status set_option(ws_server* server, const char* name, const char* value,
                            char** listen_so_far) {
  if (strcmp(name, "listen") != 0) {
    return ws_server_set(server, name, value);
  }
  char* joined = NULL;
  const char* before = *listen_so_far != NULL ? *listen_so_far : "";
  if (asprintf(&joined, "%s %s", before, value) < 0) {
    return WS_ENOMEM;
  }
  free(*listen_so_far);
  *listen_so_far = joined;
  return ws_server_set(server, name, joined);
}

/* Divides NAME=VALUE words in place. */
static enum action read_settings(int argc, char** argv, struct command_line* line) {
  const char** next = line->settings;
  for (int i = 0; i < argc; ++i) {
    char* equals = strchr(argv[i], '=');
    if (equals == NULL) {
      char problem[256];
      snprintf(problem, sizeof problem,
               "\"%s\" behind the application is no NAME=VALUE; options stand before it", argv[i]);
      return fail(problem);
    }
    *equals = '\0';
    *next++ = argv[i];
    *next++ = equals + 1;
  }
  return ACTION_SERVE;
}

static enum action read_words(int argc, char** argv, struct command_line* line) {
  if (argc == 0) {
    return fail("no application given");
  }
  line->app = argv[0];
  return read_settings(argc - 1, argv + 1, line);
}

static enum action read_options(int argc, char** argv, const struct option* options,
                                ws_server* server, struct command_line* line) {
  const char** next_folder = line->app_folders;
  char* listen_so_far = NULL;
  ws_status status = WS_OK;
  int index = 0;
  int found = 0;
  /* "+": the first word that is no option is the application. */
  while (status == WS_OK && (found = getopt_long(argc, argv, "+", options, &index)) != -1) {
    const char* name = options[index].name;
    switch (found) {
      case OPTION_HELP:
      case OPTION_VERSION:
        free(listen_so_far);
        return found == OPTION_HELP ? ACTION_HELP : ACTION_VERSION;
      case OPTION_APP_PATH:
        *next_folder++ = optarg;
        break;
      case OPTION_VALUE:
        status = set_option(server, name, optarg != NULL ? optarg : "true", &listen_so_far);
        break;
      case OPTION_NO:
        status = ws_server_set(server, name + strlen("no-"), "false");
        break;
      default: /* getopt_long() has said what is wrong */
        free(listen_so_far);
        fputs("Try 'wserve --help' for more information.\n", stderr);
        return ACTION_FAIL;
    }
  }
  free(listen_so_far);
  return status == WS_OK ? read_words(argc - optind, argv + optind, line) : fail(ws_last_error());
}

enum action read_command_line(int argc, char** argv, ws_server* server, struct command_line* line) {
  struct option* options = make_options();
  const size_t most = 2 * (size_t)argc + 1;
  line->app = NULL;
  line->settings = calloc(most, sizeof *line->settings);
  line->app_folders = calloc(most, sizeof *line->app_folders);
  enum action action = ACTION_FAIL;
  for (int i = 1; i < argc; ++i) {
    if (strncmp(argv[i], "--", 2) == 0) {
      spell_with_dashes(argv[i]);
    }
  }
  if (options != NULL && line->settings != NULL && line->app_folders != NULL) {
    action = read_options(argc, argv, options, server, line);
  } else {
    fputs("wserve: no memory\n", stderr);
  }
  free_options(options);
  return action;
}

void free_command_line(struct command_line* line) {
  free(line->settings);
  free(line->app_folders);
}

/* Breaks a text into lines of a readable width, each behind a margin. */
static void print_wrapped(const char* text) {
  const size_t width = 74;
  while (*text != '\0') {
    size_t size = strlen(text);
    if (size > width) {
      for (size = width; size > 0 && text[size] != ' '; --size) {
      }
    }
    printf("      %.*s\n", (int)size, text);
    text += size;
    text += strspn(text, " ");
  }
}

static void print_option(size_t index) {
  char* name = with_dashes("", ws_option_name(index));
  if (name == NULL) {
    return;
  }
  if (is_bool(index)) {
    printf("  --%s, --no-%s\n", name, name);
  } else {
    const char* range = ws_option_range(index);
    const int is_short = *range != '\0' && strlen(range) < 24;
    printf("  --%s=%s\n", name, is_short ? range : ws_option_type(index));
  }
  print_wrapped(ws_option_help(index));
  const char* unit = ws_option_unit(index);
  const char* value = ws_option_default(index);
  if (*value != '\0') {
    printf("      Default: %s%s%s\n", value, *unit != '\0' ? " " : "", unit);
  }
  free(name);
}

void print_help(void) {
  puts(
      "Usage: wserve [OPTION]... APP [NAME=VALUE]...\n"
      "Serve an application over HTTP/1.1.\n\n"
      "APP is a bundled application or a shared object:\n"
      "  hello                a short text\n"
      "  echo                 the request's body\n"
      "  environ              what the application is told, as JSON\n"
      "  files [root=FOLDER]  the files below a folder\n"
      "  PATH/TO/LIB.so[:SYMBOL]\n"
      "                       a function of your own; without a symbol it is wserve_app\n"
      "NAME=VALUE are settings of the application.\n\n"
      "The first SIGINT or SIGTERM stops the server when all answers are given, the second\n"
      "one at once. Exit status: 0 when it was stopped, 1 when it could not serve, 2 for a\n"
      "mistake in the command line.\n\n"
      "Options:\n"
      "  --help\n      This text.\n"
      "  --version\n      The version.\n"
      "  --app-path=FOLDER\n"
      "      Where to look for NAME.so of an application NAME; may repeat. Then the folders of\n"
      "      $WSERVE_APP_PATH, divided by colons, then those of the bundled applications.");
  for (size_t i = 0; i < ws_option_count(); ++i) {
    print_option(i);
  }
}
