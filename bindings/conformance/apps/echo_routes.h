/* What the echo app in C answers. */
#ifndef ECHO_ROUTES_H
#define ECHO_ROUTES_H

#include <stdbool.h>

#include <wserve/wserve.h>

/** Answers a request; false when the application has failed. */
bool route_request(ws_request* request);

#endif
