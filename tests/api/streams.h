/* What tests of streamed bodies share. */
#ifndef API_STREAMS_H
#define API_STREAMS_H

#include <stdatomic.h>

#include <wserve/wserve.h>

/* Options: name, value, NULL. */
extern const char* const streamed[];

/* Replies with a text. */
ws_status say(ws_request* request, const char* text);
/* An application: each piece that it reads is one that it writes. */
ws_status echo(ws_request* request, void* data);

void send_chunk(int fd, const char* text);
/* The next bytes are these. */
void expect_bytes(int fd, const char* expected);
/* To the blank line; to be freed. */
char* read_head(int fd);
/* Of the answer to a request, whose rest is read away. */
int status_of(int fd, const char* request);

/* What an application on another thread tells of itself; 0: nothing yet. */
struct reading {
  atomic_int is_reading;
  atomic_int outcome;
};
/* Waits until it tells something, which is this. */
void wait_for(atomic_int* value, int expected);

#endif
