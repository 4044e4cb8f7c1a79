/* What the examples have in common: make a server, say where it is, report a failure. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <stdio.h>
#include <stdlib.h>

#include <wserve/wserve.h>

/* Ends the program with the library's message when a call has failed. */
static inline void need(ws_status status) {
  if (status < 0) {
    fprintf(stderr, "%s: %s\n", ws_status_name(status), ws_last_error());
    exit(1);
  }
}

/* A server for the address on the command line; its application still to be set. */
static inline ws_server* make_server(int argc, char** argv) {
  ws_server* server = ws_server_new();
  if (server == NULL) {
    need(WS_ENOMEM);
  }
  need(ws_server_set(server, "listen", argc > 1 ? argv[1] : "127.0.0.1:8080"));
  return server;
}

static inline void announce(ws_server* server) {
  printf("Serving on http://%s\n", ws_server_address(server, 0));
  fflush(stdout);
}

#endif
