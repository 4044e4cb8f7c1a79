/* The ini file, read again while the server runs. */
#ifndef RELOAD_H
#define RELOAD_H

#include <wserve/wserve.h>

/* The words as they were given, before anybody has changed them. */
void keep_command_line(int argc, char* const* argv);

/* Makes ready for ask_to_reload(); `server` stays until end_reloading(). Not 0 when `app`, which is
 * served, is no ini file, or for lack of memory: then there is nothing to ask for. */
int begin_reloading(ws_server* server, const char* app);

/* Async-signal-safe; returns at once. */
void ask_to_reload(void);

/* At the end of the program, whether it has begun or not. Not 0 when a file is just being read,
 * which may take for ever. */
int end_reloading(void);

#endif
