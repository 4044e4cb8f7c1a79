/* For bindings of languages: what runs once for each request, in as few calls as it can be.
 *
 * Nothing here can be done only here: programs in C and C++ have no need of this header, and
 * <wserve/wserve.h> does not bring it in. It is exported and versioned like the rest.
 *
 * A binding that serves with threads of its language's makes one ws_worker for all of them. Its
 * threads use it in turn, under the language's own lock: whoever needs work calls ws_worker_take()
 * with a timeout of 0. A request: run the application. WS_TIMEOUT: one thread, the leader, gives up
 * the lock and polls ws_worker_fd(), the others wait for its place. A new leader calls
 * ws_worker_take() once more before it polls, because the descriptor tells only of what comes
 * behind a WS_TIMEOUT. So no request is ever held by a thread that has to wait for the lock. */
#ifndef WSERVE_BINDING_H
#define WSERVE_BINDING_H

#include <stddef.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/server.h>
#include <wserve/worker.h>

WS_BEGIN_DECLS

/**
 * A pair of the environ. The texts are the request's, each with a NUL behind it, and valid as long
 * as it. The one public struct: four words that will never change.
 */
typedef struct ws_pair {
  const char* key;
  size_t key_size;
  const char* value;
  size_t value_size;
} ws_pair;

/* -- What came in -- */

/**
 * Wait for a request and take it together with its environ: ws_worker_next() and
 * ws_request_pairs().
 *
 * @param worker      a worker
 * @param timeout_ms  as for ws_worker_next()
 * @param request     gets the request with WS_OK, else NULL
 * @param pairs       gets the pairs, as many as fit; may be NULL when `capacity` is 0
 * @param capacity    how many pairs fit; 64 are enough for usual requests
 * @param count       gets how many pairs the environ has; when it is more than `capacity`,
 *                    ws_request_pairs() gives all of them. Unchanged without a request.
 * @return as ws_worker_next()
 *
 * Ownership:  the request is the caller's, until ws_request_release(); texts are not copied.
 * Threads:    several may use one worker in turn, while another one polls its descriptor.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_worker_take(ws_worker* worker, int timeout_ms, ws_request** request,
                                ws_pair* pairs, size_t capacity, size_t* count);

/**
 * Likewise, with the environ in one piece: ws_worker_next() and ws_request_pack(). For languages in
 * which a call into C is dear, and pointers that came from there are awkward.
 *
 * @param worker      a worker
 * @param timeout_ms  as for ws_worker_next()
 * @param request     gets the request with WS_OK, else NULL
 * @param buffer      gets `key NUL value NUL`, pair after pair, when they fit; may be NULL when
 *                    `capacity` is 0
 * @param capacity    of the buffer, in bytes
 * @param size        gets the bytes that all pairs take; when it is more than `capacity` nothing
 * was written, and ws_request_pack() gives them. Unchanged without a request.
 * @return as ws_worker_next()
 *
 * Ownership:  the request is the caller's, until ws_request_release().
 * Threads:    as for ws_worker_take().
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_worker_take_packed(ws_worker* worker, int timeout_ms, ws_request** request,
                                       char* buffer, size_t capacity, size_t* size);

/**
 * The whole environ as pairs with their lengths.
 *
 * @param request   any request
 * @param pairs     gets the pairs, as many as fit; may be NULL when `capacity` is 0
 * @param capacity  how many pairs fit
 * @return how many pairs there are; 0 when `request` is NULL
 *
 * Ownership:  the texts are the request's and valid as long as it.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API size_t ws_request_pairs(ws_request* request, ws_pair* pairs, size_t capacity);

/* -- The answer -- */

/**
 * Begin an answer together with its fields: all, or nothing. Nothing is sent yet: what follows is
 * ws_request_finish() with the whole body, or ws_request_write() and so on, or
 * ws_request_discard().
 *
 * @param request      a request that was not started
 * @param status       200 to 599
 * @param reason       reason phrase; NULL or empty for the usual one
 * @param fields       `name NUL value NUL`, field after field; may be NULL when `fields_size` is 0
 * @param fields_size  of all of them, the last NUL included, in bytes
 * @return as ws_request_start() and ws_request_add_headers(); when it is not WS_OK the answer is as
 *         if it had never been begun, and fields that were added before have gone
 *
 * Ownership:  everything is copied.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     start_response (PEP 3333)
 */
WS_API ws_status ws_request_begin(ws_request* request, int status, const char* reason,
                                  const char* fields, size_t fields_size);

/**
 * The whole answer in one call, sent in one piece: ws_request_begin() and ws_request_finish().
 * Never waits for the client.
 *
 * @param request      a request that was not started
 * @param status       200 to 599
 * @param reason       reason phrase; NULL or empty for the usual one
 * @param fields       as for ws_request_begin()
 * @param fields_size  of all of them, in bytes
 * @param body         the body; may be NULL when `body_size` is 0
 * @param body_size    of the body, in bytes
 * @return as ws_request_begin(), and ws_request_finish()
 *
 * Ownership:  everything is copied or sent before the call returns.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_answer(ws_request* request, int status, const char* reason,
                                   const char* fields, size_t fields_size, const void* body,
                                   size_t body_size);

/**
 * Whether fields may be sent with a status, without adding them: what ws_request_begin() would say.
 *
 * @param request      any request; its answer stays as it is
 * @param status       200 to 599; some fields go with some statuses only
 * @param fields       as for ws_request_begin()
 * @param fields_size  of all of them, in bytes
 * @return WS_OK; WS_EINVAL for the first field that may not be sent
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     start_response (PEP 3333)
 */
WS_API ws_status ws_request_check_fields(ws_request* request, int status, const char* fields,
                                         size_t fields_size);

/**
 * Forget status and fields of an answer of which nothing was sent yet; it may then be begun anew.
 *
 * @param request  a request whose head is not sent
 * @return WS_OK, also when there is nothing to forget; WS_ESTATE when the head is sent
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     start_response with exc_info (PEP 3333)
 */
WS_API ws_status ws_request_discard(ws_request* request);

/**
 * End the answer because the application has failed, as ws_request_fail() does, but without a line
 * in the log: the binding has said there what it had to say, in its language's way.
 *
 * @param request  a request that has not ended
 * @param text     what the client is shown with the option expose_tracebacks; NULL for nothing
 * @return WS_OK; WS_ESTATE when it has ended
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     waitress expose_tracebacks
 */
WS_API ws_status ws_request_give_up(ws_request* request, const char* text);

/* -- The server -- */

/**
 * Set several options in one call.
 *
 * @param server    the server to change; must not listen yet
 * @param settings  `name NUL value NUL`, option after option; may be NULL when `size` is 0
 * @param size      of all of them, the last NUL included, in bytes
 * @return as ws_server_set(), for the first option that fails; ws_last_error() names all that do.
 *         Those that do not are set
 *
 * Ownership:  everything is copied.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_set_packed(ws_server* server, const char* settings, size_t size);

/**
 * Keep log lines until ws_server_take_log() takes them, instead of ws_server_set_log(): no thread
 * of the library's calls back.
 *
 * @param server  the server; must not listen yet
 * @param limit   lines that are kept; later ones are lost, and counted in the line that follows
 * @return WS_OK; WS_EINVAL when `limit` is 0; WS_ESTATE when the server listens, or keeps its log
 *         already
 *
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_keep_log(ws_server* server, size_t limit);

/**
 * Take the oldest log line that is kept. It never waits.
 *
 * @param server    a server with ws_server_keep_log()
 * @param severity  gets how severe it is
 * @param line      gets the line, without a line end but with a NUL behind it
 * @param size      gets its length, in bytes
 * @return WS_OK; WS_TIMEOUT when there is none, and then ws_server_log_fd() becomes readable with
 *         the next one; WS_ESTATE when the server keeps no log
 *
 * Ownership:  the server's; valid until the next call, or ws_server_free().
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_take_log(ws_server* server, ws_severity* severity, const char** line,
                                    size_t* size);

/**
 * Descriptor that is readable while log lines are kept. The first call makes it: in a process that
 * forks before it serves, call it behind the fork.
 *
 * @param server  a server
 * @return the descriptor; -1 when the server keeps no log, or no descriptor is left
 *
 * Ownership:  the server's, until ws_server_free(); do not read from it and do not close it.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_server_log_fd(ws_server* server);

/**
 * Keep lines of the access log until ws_server_take_access() takes them. They are written as the
 * option access_log_format says, whether the option access_log sends them somewhere else too or
 * not.
 *
 * @param server  the server; must not listen yet
 * @param limit   lines that are kept; later ones are lost, and counted in the server's log
 * @return WS_OK; WS_EINVAL when `limit` is 0; WS_ESTATE when the server listens, or keeps them
 *         already
 *
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_keep_access(ws_server* server, size_t limit);

/**
 * Take the oldest line of the access log that is kept. It never waits.
 *
 * @param server  a server with ws_server_keep_access()
 * @param line    gets the line, without a line end but with a NUL behind it
 * @param size    gets its length, in bytes
 * @return WS_OK; WS_TIMEOUT when there is none, and then ws_server_access_fd() becomes readable
 *         with the next one; WS_ESTATE when the server keeps none
 *
 * Ownership:  the server's; valid until the next call, or ws_server_free().
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_take_access(ws_server* server, const char** line, size_t* size);

/**
 * Descriptor that is readable while lines of the access log are kept. As ws_server_log_fd(), it is
 * made by the first call.
 *
 * @param server  a server
 * @return the descriptor; -1 when the server keeps none, or no descriptor is left
 *
 * Ownership:  the server's, until ws_server_free(); do not read from it and do not close it.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_server_access_fd(ws_server* server);

/**
 * Offer each request that is slow by the option slow_request to ws_server_take_slow(), unless the
 * option slow_request_stack is "none". The line in the log comes without it; who takes the request
 * adds the stack of the thread, as the language has it.
 *
 * @param server  the server; must not listen yet
 * @return WS_OK; WS_ESTATE when the server listens, or offers them already
 *
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_keep_slow(ws_server* server);

/**
 * Take the oldest offer of a slow request. It never waits. The request may have ended meanwhile.
 *
 * @param server   a server with ws_server_keep_slow()
 * @param thread   gets who has taken it from its worker: gettid(2)
 * @param request  gets which request it is, only to be compared with those that the caller has
 * @param line     gets what the log says of it, with a NUL behind it
 * @param size     gets its length, in bytes
 * @return WS_OK; WS_TIMEOUT when there is none, and then ws_server_slow_fd() becomes readable with
 *         the next one; WS_ESTATE when the server offers none
 *
 * Ownership:  the line is the server's; valid until the next call, or ws_server_free().
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_take_slow(ws_server* server, int64_t* thread, const void** request,
                                     const char** line, size_t* size);

/**
 * Descriptor that is readable while slow requests are offered. As ws_server_log_fd(), it is made
 * by the first call.
 *
 * @param server  a server
 * @return the descriptor; -1 when the server offers none, or no descriptor is left
 *
 * Ownership:  the server's, until ws_server_free(); do not read from it and do not close it.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_server_slow_fd(ws_server* server);

WS_END_DECLS

#endif
