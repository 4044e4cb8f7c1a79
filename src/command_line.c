/* Reading the words behind "wserve", and setting what they say. */
#define _GNU_SOURCE
#include "command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "own_options.h"

static int is_bool(size_t index) {
  return strcmp(ws_option_type(index), "bool") == 0;
}

/* One entry for each option, one more for the "no" of each bool, ours, and the end. */
static struct option* make_options(void) {
  const size_t count = ws_option_count();
  struct option* options = calloc(2 * count + own_option_count + 1, sizeof *options);
  struct option* next = options;
  for (size_t i = 0; options != NULL && i < count; ++i) {
    const int number = OPTION_OF_LIBRARY + 2 * (int)i;
    const int argument = is_bool(i) ? optional_argument : required_argument;
    *next++ = (struct option){with_dashes("", ws_option_name(i)), argument, NULL, number};
    if (is_bool(i)) {
      *next++ =
          (struct option){with_dashes("no-", ws_option_name(i)), no_argument, NULL, number + 1};
    }
  }
  for (size_t i = 0; options != NULL && i < own_option_count; ++i) {
    const int argument = *own_options[i].argument != '\0' ? required_argument : no_argument;
    *next++ = (struct option){with_dashes("", own_options[i].name), argument, NULL,
                              own_options[i].number};
  }
  return options;
}

static void free_options(struct option* options) {
  for (struct option* one = options; one != NULL && one->name != NULL; ++one) {
    free((char*)one->name);
  }
  free(options);
}

static void name_mistake(const char* problem) {
  fprintf(stderr, "wserve: %s\n", problem);
}

static enum action point_to_help(void) {
  fputs("Try 'wserve --help' for more information.\n", stderr);
  return ACTION_FAIL;
}

static enum action fail(const char* problem) {
  name_mistake(problem);
  return point_to_help();
}

/* A list may repeat: its values add up. Of every other option the last one counts. */
static ws_status set_option(ws_server* server, size_t index, const char* value, int* times_given) {
  const char* name = ws_option_name(index);
  if (times_given[index]++ == 0 || strcmp(ws_option_type(index), "list") != 0) {
    return ws_server_set(server, name, value);
  }
  char* joined = NULL;
  if (asprintf(&joined, "%s %s", ws_server_get(server, name), value) < 0) {
    return WS_ENOMEM;
  }
  const ws_status status = ws_server_set(server, name, joined);
  free(joined);
  return status;
}

/* "prefix: prefix=/james" */
static ws_status use_filter(ws_server* server, char* text) {
  char* settings = text != NULL ? strchr(text, ':') : NULL;
  if (settings != NULL) {
    *settings++ = '\0';
  }
  return ws_server_use_named(server, text, settings);
}

/* Where the text ends: the place for more. NULL when there is no memory. */
static char* grow(char** text, size_t more) {
  const size_t size = *text != NULL ? strlen(*text) : 0;
  char* grown = realloc(*text, size + more + 1);
  if (grown == NULL) {
    return NULL;
  }
  grown[size] = '\0';
  *text = grown;
  return grown + size;
}

/* Adds ` NAME="VALUE"`, with a backslash before every quote and backslash of the value. */
static int add_setting(char** settings, const char* word, const char* equals) {
  char* end = grow(settings, 2 * strlen(word) + 4);
  if (end == NULL) {
    return -1;
  }
  end += sprintf(end, " %.*s=\"", (int)(equals - word), word);
  for (const char* c = equals + 1; *c != '\0'; ++c) {
    if (*c == '"' || *c == '\\') {
      *end++ = '\\';
    }
    *end++ = *c;
  }
  memcpy(end, "\"", 2);
  return 0;
}

static enum action fail_by_word(const char* word, const char* why) {
  char problem[256];
  snprintf(problem, sizeof problem, "\"%.120s\" %s", word, why);
  return fail(problem);
}

static enum action read_settings(int argc, char** argv, struct command_line* line) {
  for (int i = 0; i < argc; ++i) {
    const char* equals = strchr(argv[i], '=');
    if (argv[i][0] == '-') {
      return fail_by_word(argv[i], "stands behind the application, and options before it");
    }
    if (equals == NULL) {
      return fail_by_word(argv[i], "behind the application is no NAME=VALUE");
    }
    if (add_setting(&line->settings, argv[i], equals) != 0) {
      return fail("no memory");
    }
    line->root = strncmp(argv[i], "root=", 5) == 0 ? equals + 1 : line->root;
  }
  return ACTION_SERVE;
}

static enum action read_fields(int argc, char** argv, struct command_line* line) {
  char* end = grow(&line->fields, 0);
  for (int i = 0; end != NULL && i < argc; ++i) {
    end = grow(&line->fields, strlen(argv[i]) + 1);
    if (end != NULL) {
      sprintf(end, "%s\n", argv[i]);
    }
  }
  if (line->peer == NULL) {
    return fail("--explain-proxy needs --peer=ADDRESS: who would connect");
  }
  return end != NULL ? ACTION_EXPLAIN_PROXY : fail("no memory");
}

static enum action read_words(enum action action, int argc, char** argv,
                              struct command_line* line) {
  if (action == ACTION_EXPLAIN_PROXY) {
    return read_fields(argc, argv, line);
  }
  if (action == ACTION_EXPLAIN_SIZING) {
    return argc == 0 ? action : fail("--explain-sizing needs options, and no application");
  }
  if (argc == 0) {
    return fail("no application given");
  }
  line->app = argv[0];
  const enum action read = read_settings(argc - 1, argv + 1, line);
  return read == ACTION_SERVE ? action : read;
}

/* An option of the library's table, by its number. */
static ws_status take_option(ws_server* server, int number, int* times_given) {
  const size_t index = (size_t)(number - OPTION_OF_LIBRARY) / 2;
  if ((number - OPTION_OF_LIBRARY) % 2 != 0) {
    return ws_server_set(server, ws_option_name(index), "false");
  }
  return set_option(server, index, optarg != NULL ? optarg : "true", times_given);
}

/* "+": the first word that is no option is the application. */
static int next_option(int argc, char** argv, const struct option* options) {
  if (optind < argc && strncmp(argv[optind], "--", 2) == 0) {
    spell_with_dashes(argv[optind]);
  }
  return getopt_long(argc, argv, "+h", options, NULL);
}

/* An option, or what may be short for one: then its name is not the mistake. */
static int begins_option(const struct option* options, const char* name, size_t size) {
  for (; options->name != NULL; ++options) {
    if (strncmp(options->name, name, size) == 0) {
      return 1;
    }
  }
  return 0;
}

/* getopt_long() has said what is wrong; the library may know what was meant. */
static void explain_mistake(ws_server* server, const struct option* options, const char* word) {
  char name[64];
  const size_t size = strcspn(word, "=");
  if (strncmp(word, "--", 2) == 0 && size - 2 < sizeof name &&
      !begins_option(options, word + 2, size - 2)) {
    memcpy(name, word + 2, size - 2);
    name[size - 2] = '\0';
    if (ws_server_set(server, name, "") == WS_EUNKNOWN) {
      name_mistake(ws_last_error());
    }
  }
}

/* All that is wrong with the options is named, not only the first. */
static enum action read_options(int argc, char** argv, const struct option* options,
                                ws_server* server, int* times_given, struct command_line* line) {
  enum action action = ACTION_SERVE;
  int is_wrong = 0;
  int found = 0;
  while ((found = next_option(argc, argv, options)) != -1) {
    ws_status status = WS_OK;
    switch (found) {
      case OPTION_HELP:
      case 'h':
        return ACTION_HELP;
      case OPTION_VERSION:
        return ACTION_VERSION;
      case OPTION_CHECK:
        action = ACTION_CHECK;
        break;
      case OPTION_EXPLAIN_PROXY:
        action = ACTION_EXPLAIN_PROXY;
        break;
      case OPTION_EXPLAIN_SIZING:
        action = ACTION_EXPLAIN_SIZING;
        break;
      case OPTION_PEER:
        line->peer = optarg;
        break;
      case OPTION_FILTER:
        status = use_filter(server, optarg);
        break;
      default:
        if (found < OPTION_OF_LIBRARY) {
          explain_mistake(server, options, argv[optind - 1]);
          is_wrong = 1;
        } else {
          status = take_option(server, found, times_given);
        }
        break;
    }
    if (status != WS_OK) {
      name_mistake(ws_last_error());
      is_wrong = 1;
    }
  }
  return is_wrong ? point_to_help() : read_words(action, argc - optind, argv + optind, line);
}

enum action read_command_line(int argc, char** argv, ws_server* server, struct command_line* line) {
  struct option* options = make_options();
  int* times_given = calloc(ws_option_count(), sizeof *times_given);
  memset(line, 0, sizeof *line);
  optind = 0; /* from the beginning, also the second time */
  enum action action = ACTION_FAIL;
  if (options != NULL && times_given != NULL) {
    action = read_options(argc, argv, options, server, times_given, line);
  } else {
    fputs("wserve: no memory\n", stderr);
  }
  free(times_given);
  free_options(options);
  return action;
}

void free_command_line(struct command_line* line) {
  free(line->settings);
  free(line->fields);
}
