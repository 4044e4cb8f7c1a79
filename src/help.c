/* The text of --help, most of it out of the library's table of options. */
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wserve/option.h>

#include "own_options.h"

void spell_with_dashes(char* name) {
  for (char* c = name; *c != '\0' && *c != '='; ++c) {
    if (*c == '_') {
      *c = '-';
    }
  }
}

char* with_dashes(const char* prefix, const char* name) {
  const size_t size = strlen(prefix) + strlen(name) + 1;
  char* text = malloc(size);
  if (text != NULL) {
    snprintf(text, size, "%s%s", prefix, name);
    spell_with_dashes(text);
  }
  return text;
}

/* Breaks a text into lines of a readable width, each behind a margin: at blanks, and behind the
 * bars of a choice. */
static void print_wrapped(const char* text) {
  const size_t width = 74;
  while (*text != '\0') {
    size_t size = strlen(text);
    if (size > width) {
      for (size = width; size > 0 && text[size] != ' ' && text[size - 1] != '|'; --size) {
      }
      size = size > 0 ? size : width;
    }
    printf("      %.*s\n", (int)size, text);
    text += size;
    text += strspn(text, " ");
  }
}

/* "0..1024 or auto" as "0..1024|auto". */
static void print_choice(const char* range) {
  const char between[] = " or ";
  const char* end = strstr(range, between);
  if (end != NULL) {
    printf("%.*s|%s\n", (int)(end - range), range, end + strlen(between));
  } else {
    puts(range);
  }
}

static void print_option(size_t index) {
  char* name = with_dashes("", ws_option_name(index));
  if (name == NULL) {
    return;
  }
  const char* range = ws_option_range(index);
  const int is_bool = strcmp(ws_option_type(index), "bool") == 0;
  const int is_short = *range != '\0' && strlen(range) < 24;
  if (is_bool) {
    printf("  --%s, --no-%s\n", name, name);
  } else {
    printf("  --%s=", name);
    print_choice(is_short ? range : ws_option_type(index));
  }
  print_wrapped(ws_option_help(index));
  if (!is_bool && !is_short && *range != '\0') {
    printf("      Values:\n");
    print_wrapped(range);
  }
  const char* unit = ws_option_unit(index);
  const char* value = ws_option_default(index);
  if (*value != '\0') {
    printf("      Default: %s%s%s\n", value, *unit != '\0' ? " " : "", unit);
  }
  if (ws_option_is_live(index)) {
    puts("      Live: may change while the server runs");
  }
  free(name);
}

static void print_own_option(const struct own_option* option) {
  const int has_argument = *option->argument != '\0';
  printf("  %s--%s%s%s\n", option->number == OPTION_HELP ? "-h, " : "", option->name,
         has_argument ? "=" : "", option->argument);
  print_wrapped(option->help);
}

void print_help(void) {
  puts(
      "Usage: wserve [OPTION]... APP [NAME=VALUE]...\n"
      "       wserve --check [OPTION]... APP [NAME=VALUE]...\n"
      "       wserve --explain-proxy --peer=ADDRESS [OPTION]... [FIELD: VALUE]...\n"
      "       wserve --explain-sizing [OPTION]...\n"
      "Serve an application over HTTP/1.1.\n\n"
      "APP is a bundled application, a shared object, or an ini file (PasteDeploy):\n"
      "  hello                a short text\n"
      "  echo                 the request's body\n"
      "  environ              what the application is told, as JSON\n"
      "  files [root=FOLDER]  the files below a folder, the current one without a root; further\n"
      "                       settings: dotfiles=serve, mime_types=FILE\n"
      "  PATH/TO/LIB.so[:SYMBOL]\n"
      "                       a function of your own; without a symbol it is wserve_app\n"
      "  egg:NAME#SYMBOL      the same, NAME.so being looked for in --app-path\n"
      "  FILE.ini[#NAME]      [server:main] gives options, [app:NAME] or [pipeline:NAME] the\n"
      "                       application; options given here go before those of the file\n"
      "NAME=VALUE are settings of the application, or further [DEFAULT] values of the file.\n\n"
      "The first SIGINT, SIGTERM, SIGQUIT or SIGHUP stops the server when all answers are given,\n"
      "the second one at once; under nohup, SIGHUP is ignored. SIGUSR1 opens the access log anew.\n"
      "Where FILE.ini is served without a terminal, SIGHUP has its options read again: those change\n"
      "whose help says \"live\".\n"
      "Exit status: 0 when it was stopped, 1 when it could not serve, 2 for a\n"
      "mistake in the command line.\n\n"
      "Options:");
  for (size_t i = 0; i < own_option_count; ++i) {
    print_own_option(&own_options[i]);
  }
  puts("Options that are lists may repeat.");
  for (size_t i = 0; i < ws_option_count(); ++i) {
    print_option(i);
  }
}
