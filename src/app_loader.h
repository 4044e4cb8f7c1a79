/* Finds an application and loads it. */
#ifndef APP_LOADER_H
#define APP_LOADER_H

#include <stddef.h>

#include <wserve/plugin.h>
#include <wserve/wserve.h>

struct loaded_app {
  void* object; /* of dlopen() */
  ws_app_fn app;
  ws_app_close_fn close; /* or NULL */
  void* data;
};

/* `name` is NAME, NAME:SYMBOL, PATH.so or PATH.so:SYMBOL; a name without a slash is looked for in
 * `folders` (NULL at the end), in $WSERVE_APP_PATH and among the bundled apps. 0, or -1 with one
 * line in `problem`. */
int load_app(const char* name, const char* const* folders, const char* const* settings,
             struct loaded_app* loaded, char* problem, size_t capacity);
void unload_app(struct loaded_app* loaded);

#endif
