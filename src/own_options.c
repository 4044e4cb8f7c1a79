/* The table of the command's own options, in the order of --help. */
#include "own_options.h"

const struct own_option own_options[] = {
    {"help", "", OPTION_HELP, "This text."},
    {"version", "", OPTION_VERSION, "The version."},
    {"check", "", OPTION_CHECK,
     "Load the application and check the options and what they need, but do not serve."},
    {"filter", "'NAME: SETTING=VALUE ...'", OPTION_FILTER,
     "Put a filter in front of the application; may repeat. There is \"prefix\"."},
    {"explain-proxy", "", OPTION_EXPLAIN_PROXY,
     "Say what would be believed of a request's proxy headers, which are the words behind the "
     "options, and what the application would be told."},
    {"explain-sizing", "", OPTION_EXPLAIN_SIZING,
     "Say what processors, memory and descriptors the process may use, and what the options make "
     "of that."},
    {"peer", "ADDRESS", OPTION_PEER, "Who would send that request: an address, or \"unix:\"."},
};
const size_t own_option_count = sizeof own_options / sizeof own_options[0];
