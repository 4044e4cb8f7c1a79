/* The options that are the command's own, not the library's. --help, the manual and the completion
 * of shells are made from their table. */
#ifndef OWN_OPTIONS_H
#define OWN_OPTIONS_H

#include <stddef.h>

/* What getopt_long() returns. Each option has a number of its own: it takes an abbreviation that
 * fits two options of the same number for the first of them. */
enum {
  OPTION_HELP = 256,
  OPTION_VERSION,
  OPTION_CHECK,
  OPTION_EXPLAIN_PROXY,
  OPTION_EXPLAIN_SIZING,
  OPTION_PEER,
  OPTION_FILTER,
  OPTION_OF_LIBRARY /* from here on two for each: the option itself, and "no" */
};

struct own_option {
  const char* name;
  const char* argument; /* as --help shows it; empty for none */
  int number;
  const char* help;
};

extern const struct own_option own_options[];
extern const size_t own_option_count;

#endif
