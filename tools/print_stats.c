/* Prints the table of numbers as Markdown, from what the library says about itself. */
#include <stdio.h>

#include <wserve/wserve.h>

int main(void) {
  puts("| `ws_server_stat` | metric | type | unit | since | what it says |");
  puts("|---|---|---|---|---|---|");
  for (size_t i = 0; i < ws_stat_count(); ++i) {
    const char* labels = ws_stat_labels(i);
    const int has_labels = *labels != '\0';
    printf("| `%s` | `%s%s%s%s` | %s | %s | %s | %s |\n", ws_stat_name(i), ws_stat_metric(i),
           has_labels ? "{" : "", labels, has_labels ? "}" : "", ws_stat_type(i), ws_stat_unit(i),
           ws_stat_since(i), ws_stat_help(i));
  }
  return 0;
}
