/* Prints the option table as Markdown, from what the library says about itself. */
#include <stdio.h>
#include <string.h>

#include <wserve/wserve.h>

/* A bar would end the cell. */
static void print_cell(const char* text) {
  fputs("| ", stdout);
  for (; *text != '\0'; ++text) {
    if (*text == '|') {
      putchar('\\');
    }
    putchar(*text);
  }
  putchar(' ');
}

static void print_code(const char* text) {
  char quoted[512];
  snprintf(quoted, sizeof quoted, *text != '\0' ? "`%s`" : "%s", text);
  print_cell(quoted);
}

int main(void) {
  puts("| option | type | default | range | since | what it does |");
  puts("|---|---|---|---|---|---|");
  for (size_t i = 0; i < ws_option_count(); ++i) {
    char value[256];
    const char* unit = ws_option_unit(i);
    const int has_unit = *unit != '\0' && *ws_option_default(i) != '\0';
    snprintf(value, sizeof value, "%s%s%s", ws_option_default(i), has_unit ? " " : "",
             has_unit ? unit : "");
    print_code(ws_option_name(i));
    print_cell(ws_option_type(i));
    print_code(value);
    print_code(ws_option_range(i));
    print_cell(ws_option_since(i));
    print_cell(ws_option_help(i));
    puts("|");
  }
  return 0;
}
