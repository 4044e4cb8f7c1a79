/* From the name of an application to a function that can be called. */
#define _GNU_SOURCE
#include "app_loader.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where "SYMBOL" begins in "PATH.so:SYMBOL"; the default when there is none. */
static const char* split_symbol(char* name) {
  char* colon = strrchr(name, ':');
  if (colon == NULL || strchr(colon, '/') != NULL) {
    return "wserve_app";
  }
  *colon = '\0';
  return colon + 1;
}

/* NAME.so or libNAME.so in a folder. */
static int find_in(const char* folder, size_t folder_size, const char* name, char* path,
                   size_t capacity) {
  static const char* const prefixes[] = {"", "lib"};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; ++i) {
    const int size =
        snprintf(path, capacity, "%.*s/%s%s.so", (int)folder_size, folder, prefixes[i], name);
    if (size > 0 && (size_t)size < capacity && access(path, R_OK) == 0) {
      return 1;
    }
  }
  return 0;
}

static int find_in_list(const char* list, const char* name, char* path, size_t capacity) {
  while (list != NULL && *list != '\0') {
    const size_t size = strcspn(list, ":");
    if (size > 0 && find_in(list, size, name, path, capacity)) {
      return 1;
    }
    list += size;
    list += *list == ':';
  }
  return 0;
}

/* The bundled apps lie beside the command, wherever the two were installed. */
static int find_bundled(const char* name, char* path, size_t capacity) {
  char self[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (size <= 0) {
    return 0;
  }
  self[size] = '\0';
  char folder[PATH_MAX + sizeof WSERVE_APPS_FROM_COMMAND];
  const int folder_size =
      snprintf(folder, sizeof folder, "%s/%s", dirname(self), WSERVE_APPS_FROM_COMMAND);
  return folder_size > 0 && find_in(folder, (size_t)folder_size, name, path, capacity);
}

static int find_app(const char* name, const char* const* folders, char* path, size_t capacity) {
  for (; *folders != NULL; ++folders) {
    if (find_in(*folders, strlen(*folders), name, path, capacity)) {
      return 1;
    }
  }
  return find_in_list(getenv("WSERVE_APP_PATH"), name, path, capacity) ||
         find_bundled(name, path, capacity);
}

/* ISO C has no cast from object to function pointers; POSIX has dlsym(). */
static void find_function(void* object, const char* symbol, const char* suffix, void* function) {
  char name[256];
  snprintf(name, sizeof name, "%s%s", symbol, suffix);
  void* found = dlsym(object, name);
  memcpy(function, &found, sizeof found);
}

static int open_app(const char* symbol, const char* const* settings, struct loaded_app* loaded,
                    char* problem, size_t capacity) {
  static const char* const no_defaults[] = {NULL};
  ws_app_open_fn open = NULL;
  find_function(loaded->object, symbol, "", &loaded->app);
  find_function(loaded->object, symbol, "_open", &open);
  find_function(loaded->object, symbol, "_close", &loaded->close);
  if (loaded->app == NULL) {
    snprintf(problem, capacity, "it has no function %s", symbol);
    return -1;
  }
  if (open == NULL) {
    if (*settings != NULL) {
      snprintf(problem, capacity, "it takes no settings");
      return -1;
    }
    return 0;
  }
  const ws_status status = open(settings, no_defaults, &loaded->data, problem, capacity);
  if (status != WS_OK && *problem == '\0') {
    snprintf(problem, capacity, "it cannot be opened (%s)", ws_status_name(status));
  }
  return status == WS_OK ? 0 : -1;
}

int load_app(const char* name, const char* const* folders, const char* const* settings,
             struct loaded_app* loaded, char* problem, size_t capacity) {
  char path[PATH_MAX];
  char file[PATH_MAX];
  memset(loaded, 0, sizeof *loaded);
  *problem = '\0';
  snprintf(file, sizeof file, "%s", name);
  const char* symbol = split_symbol(file);
  if (strchr(file, '/') != NULL) {
    snprintf(path, sizeof path, "%s", file);
  } else if (!find_app(file, folders, path, sizeof path)) {
    snprintf(problem, capacity,
             "there is no %s.so on the application path; a path to a shared object needs a slash",
             file);
    return -1;
  }
  loaded->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (loaded->object == NULL) {
    snprintf(problem, capacity, "%s", dlerror());
    return -1;
  }
  if (open_app(symbol, settings, loaded, problem, capacity) != 0) {
    dlclose(loaded->object);
    return -1;
  }
  return 0;
}

void unload_app(struct loaded_app* loaded) {
  if (loaded->close != NULL) {
    loaded->close(loaded->data);
  }
  /* Not dlclose(): a thread may still be on its way out of the app's code. */
}
