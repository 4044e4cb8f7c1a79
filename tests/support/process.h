/* Programs that a test starts, talks to and ends. */
#ifndef SUPPORT_PROCESS_H
#define SUPPORT_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct process {
  pid_t pid;
  int out; /* its standard output */
  int err; /* its standard error */
};

/* Starts argv[0], found on PATH unless it has a slash. The test fails when it cannot. */
struct process process_start(const char* const* argv);
/* As systemd does it for a listening socket that stays open here. */
struct process process_start_activated(int socket, const char* const* argv);

/* The next line it writes, without the line end; NULL at the end. To be freed. */
char* process_read_line(struct process* process);
/* Skips lines until one holds the text, and returns it; NULL at the end. To be freed. */
char* process_wait_for(struct process* process, const char* text);
/* The port in the next line that is "... http://HOST:PORT". */
int process_read_port(struct process* process);

/* Everything until the end of both outputs; then waits. Its exit status, or 128 + the signal. To be
 * freed. */
int process_finish(struct process* process, char** out, char** err);
/* Sends a signal. */
void process_signal(struct process* process, int number);
/* Sends SIGTERM and waits; its exit status, or 128 + the signal. */
int process_end(struct process* process);

/* Runs a program to its end: its exit status. The outputs are to be freed; NULL when they do not
 * matter. */
int process_run(const char* const* argv, char** out, char** err);

/* Peak resident memory in KiB (VmHWM), while it runs. */
long process_peak_kib(const struct process* process);

/* A TCP port on 127.0.0.1 that was free a moment ago. */
int free_port(void);
/* Waits until something accepts connections there: the program that was started for it, whose words
 * are shown when it ends instead. */
void process_wait_for_port(struct process* process, const char* host, int port);

/* A new empty folder below $TMPDIR or /tmp; remove_folder() deletes it with all that is in it. To
 * be freed. */
char* make_folder(void);
void remove_folder(const char* path);
/* Writes a text to a file. */
void write_file(const char* path, const char* text);
/* printf into a new string, to be freed. */
char* format(const char* form, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif

#endif
