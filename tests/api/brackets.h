/* An encoder that shows what it was given: "ab" becomes "<ab>", a flush "|", the end "$". */
#ifndef TESTS_API_BRACKETS_H
#define TESTS_API_BRACKETS_H

#include <stdatomic.h>

#include <wserve/wserve.h>

struct bracket {
  const char* open;
  const char* close;
  atomic_int released;
  atomic_int ends;
  int fails_at; /* the call, from 1 on; 0: never */
  atomic_int calls;
};

struct bracket brackets(void);
/* The encoder, and what releases it; `encoder_data` is a bracket. */
ws_status bracket_encode(ws_request* request, const void* data, size_t size, ws_encode_step step,
                         void* encoder_data);
void bracket_release(void* encoder_data);
ws_status bracket_body(ws_request* request, struct bracket* bracket);

/* The answer to a request without fields. */
struct response bracket_ask(int port, const char* method, const char* path, const char* version);

#endif
