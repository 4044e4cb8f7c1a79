/* A signal handler may not read files: it asks a thread to. */
#define _GNU_SOURCE
#include "reload.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command_line.h"
#include "descriptors.h"

enum { ASKED = 'r', ENDS = 'e' };

static struct {
  ws_server* server;
  int argc;
  char** argv; /* NULL: there was no memory */
  int pipe[2];
  pthread_t thread;
  pthread_mutex_t mutex;
  int is_reading;
  int is_over;
} reload = {.pipe = {-1, -1}, .mutex = PTHREAD_MUTEX_INITIALIZER};

static void free_words(char** words, int count) {
  for (int i = 0; words != NULL && i < count; ++i) {
    free(words[i]);
  }
  free(words);
}

/* Reading changes the words. */
static char** copy_words(char* const* words, int count) {
  char** copy = calloc((size_t)count + 1, sizeof *copy);
  for (int i = 0; copy != NULL && i < count; ++i) {
    if ((copy[i] = strdup(words[i])) == NULL) {
      free_words(copy, i);
      copy = NULL;
    }
  }
  return copy;
}

/* A server with the options of the command line and of the file as they are now; NULL, with
 * ws_last_error(), when there is no such file or a mistake in it. */
static ws_server* read_again(void) {
  char** words = reload.argv != NULL ? copy_words(reload.argv, reload.argc) : NULL;
  ws_server* server = words != NULL ? ws_server_new() : NULL;
  if (server != NULL) {
    struct command_line line;
    const int is_read = read_command_line(reload.argc, words, server, &line) == ACTION_SERVE &&
                        ws_server_load_options(server, line.app, line.settings) == WS_OK;
    free_command_line(&line);
    if (!is_read) {
      ws_server_free(server);
      server = NULL;
    }
  }
  free_words(words, reload.argc);
  return server;
}

static void take_over(void) {
  ws_server* wanted = read_again();
  if (wanted != NULL) {
    raise_descriptor_limit(wanted);
  }
  if (wanted != NULL && ws_server_reconfigure(reload.server, wanted) == WS_OK) {
    puts("Configuration read again");
    fflush(stdout);
  } else {
    fprintf(stderr, "wserve: the configuration stays as it is: %s\n", ws_last_error());
  }
  ws_server_free(wanted);
}

/* False when it is over. */
static int begin_reading(int is_reading) {
  pthread_mutex_lock(&reload.mutex);
  const int goes_on = !reload.is_over;
  reload.is_reading = is_reading && goes_on;
  pthread_mutex_unlock(&reload.mutex);
  return goes_on;
}

static void* wait_for_words(void* unused) {
  char word = 0;
  while (read(reload.pipe[0], &word, 1) == 1 && word != ENDS && begin_reading(1)) {
    take_over();
    begin_reading(0);
  }
  return unused;
}

/* Signals are for the other threads. */
static int start_thread(void) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int result = pthread_create(&reload.thread, NULL, wait_for_words, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return result;
}

static void close_pipe(void) {
  close(reload.pipe[0]);
  close(reload.pipe[1]);
  reload.pipe[0] = reload.pipe[1] = -1;
}

void keep_command_line(int argc, char* const* argv) {
  reload.argc = argc;
  reload.argv = copy_words(argv, argc);
}

/* As ws_server_load() tells them from applications. */
static int is_ini_file(const char* app) {
  const size_t size = strcspn(app, "#");
  const int has_ending = size > 4 && strncmp(app + size - 4, ".ini", 4) == 0;
  return has_ending || strncmp(app, "config:", 7) == 0;
}

int begin_reloading(ws_server* server, const char* app) {
  reload.server = server;
  if (reload.argv == NULL || !is_ini_file(app) || pipe2(reload.pipe, O_CLOEXEC) != 0) {
    return -1;
  }
  /* A word that finds no room would ask for what is asked for already. */
  fcntl(reload.pipe[1], F_SETFL, O_NONBLOCK);
  if (start_thread() != 0) {
    close_pipe();
    return -1;
  }
  return 0;
}

void ask_to_reload(void) {
  const char word = ASKED;
  if (write(reload.pipe[1], &word, 1) < 0) {
    return;
  }
}

int end_reloading(void) {
  if (reload.pipe[1] >= 0) {
    pthread_mutex_lock(&reload.mutex);
    reload.is_over = 1;
    const int is_reading = reload.is_reading;
    pthread_mutex_unlock(&reload.mutex);
    if (is_reading) {
      return -1;
    }
    const char word = ENDS;
    fcntl(reload.pipe[1], F_SETFL, 0);
    if (write(reload.pipe[1], &word, 1) == 1) {
      pthread_join(reload.thread, NULL);
    }
    close_pipe();
  }
  free_words(reload.argv, reload.argc);
  reload.argv = NULL;
  return 0;
}
