/* Statements of a document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wserve/fields.h>
#include <wserve/observe.h>
#include <wserve/stream.h>
#include <wserve/worker.h>
#include <wserve/wserve.h>

ws_status app(ws_request* request, void* data);
ws_status in_function(ws_server* server, ws_request* request);

ws_status in_function(ws_server* server, ws_request* request) {
  (void)server;
  (void)request;
  BLOCK
  return WS_OK;
}
