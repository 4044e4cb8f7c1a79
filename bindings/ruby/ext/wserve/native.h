/* What the hand-written half of Wserve::Native shares with the generated one. */
#ifndef WSERVE_RUBY_NATIVE_H
#define WSERVE_RUBY_NATIVE_H

/* Ruby 3.3 wants its own header before all others of its. */
#include <ruby.h>
#include <ruby/thread.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

/* Raises the class of a failed status, with the library's message. */
NORETURN(void wserve_raise(ws_status status));

/* Gives the status back, or raises. */
VALUE wserve_checked(ws_status status);

/* The handle of an object; raises when it is none, or was given back. */
ws_server* wserve_server(VALUE object);
ws_worker* wserve_worker(VALUE object);
ws_request* wserve_request(VALUE object);

/* As wserve_request(), for a call that answers: behind the thread that waits for the client. */
ws_request* wserve_answer(VALUE object);

/* A Wserve::Request that owns the request. */
VALUE wserve_new_request(ws_request* request);

/* A String with the same bytes that nobody changes while the GVL is given up. */
VALUE wserve_frozen_bytes(VALUE object);

/* A Hash of fields, packed as the library wants them. */
VALUE wserve_packed(VALUE headers);

void wserve_define_errors(void);
void wserve_define_server(VALUE server);
void wserve_define_worker(VALUE worker);
void wserve_define_request(VALUE request);
void wserve_define_environ(VALUE request);
void wserve_define_fields(VALUE native);

#endif
