/* Prints the option table as Markdown, a heading for each, from what the library says about itself.
 */
#include <stdio.h>
#include <string.h>

#include <wserve/wserve.h>

static void print_see_also(const char* names) {
  const char* between = "* See also: ";
  while (*names != '\0') {
    const int size = (int)strcspn(names, " ");
    printf("%s[`%.*s`](#%.*s)", between, size, names, size, names);
    names += size;
    names += strspn(names, " ");
    between = ", ";
  }
  puts("");
}

static void print_option(size_t i) {
  const char* unit = ws_option_unit(i);
  const char* value = ws_option_default(i);
  printf("### `%s`\n\n%s\n\n", ws_option_name(i), ws_option_help(i));
  printf("* Type: %s, since %s\n", ws_option_type(i), ws_option_since(i));
  if (*value != '\0') {
    printf("* Default: `%s%s%s`\n", value, *unit != '\0' ? " " : "", unit);
  }
  if (*ws_option_range(i) != '\0') {
    printf("* Values: `%s`\n", ws_option_range(i));
  }
  printf("* Example: `%s = %s`\n", ws_option_name(i), ws_option_example(i));
  if (ws_option_is_live(i)) {
    puts("* Live: may change while the server runs");
  }
  print_see_also(ws_option_see_also(i));
  puts("");
}

int main(void) {
  puts("## Every option\n");
  for (size_t i = 0; i < ws_option_count(); ++i) {
    print_option(i);
  }
  return 0;
}
