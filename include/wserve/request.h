/* A request: what came in, and how long it lives. The answer is in <wserve/answer.h>. */
#ifndef WSERVE_REQUEST_H
#define WSERVE_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include <wserve/export.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/**
 * One request and its answer.
 *
 * The application's callback borrows it; ws_request_defer() and ws_worker_next() give it to the
 * caller, who ends with ws_request_release(). Functions that come too early, too late or twice
 * return WS_ESTATE; once the client has gone, those that send return WS_EDISCONNECTED. One thread
 * at a time uses a request, unless a function says otherwise. The answer is the process's that has
 * the connection: in a child of fork(2), also one that the application forks, all that sends
 * returns WS_ESTATE.
 */
typedef struct ws_request ws_request;

/** Why nobody may be waiting for the answer any more, see ws_request_gone(). */
typedef enum ws_gone_reason {
  WS_GONE_NO = 0,           /**< the client waits */
  WS_GONE_HALF_CLOSED = 1,  /**< it sends no more: most have left, but an answer is still sent */
  WS_GONE_DISCONNECTED = 2, /**< it has left: nothing can be sent */
  WS_GONE_TIME_UP = 3,      /**< request_timeout is over: it has got another answer */
  WS_GONE_DRAINING = 4      /**< the server is stopping: come to an end soon */
} ws_gone_reason;

/* -- What came in -- */

/**
 * Value of an environ key: REQUEST_METHOD, SCRIPT_NAME, PATH_INFO, QUERY_STRING, REQUEST_URI,
 * SERVER_PROTOCOL, SERVER_NAME, SERVER_PORT, SERVER_SOFTWARE, REMOTE_ADDR, REMOTE_HOST,
 * REMOTE_PORT, CONTENT_TYPE, CONTENT_LENGTH, HTTP_* for every other field, ws.url_scheme,
 * ws.version, ws.multithread, ws.input_terminated. On connections with a PROXY protocol header also
 * ws.proxy_addr, the proxy's own address, and ws.proxy_tlv.*, its extensions. With the option
 * request_id_header also ws.request_id, and with a trusted proxy's X-Request-Start ws.queue_time,
 * the microseconds from then to when the request was taken; at the head it is not there yet.
 *
 * PATH_INFO is decoded once. It is empty where the application is mounted, "*" for `OPTIONS *`, and
 * else begins with one slash, never with two. For frameworks that decode the path themselves there
 * is ws.raw_path_info, the same part of the path as the client wrote it, whatever has taken a
 * prefix off its front. It is made when it is asked for by its name, here alone: it costs nobody
 * else anything and is no pair of ws_request_environ_at() and ws_request_pack(). Ask again after
 * ws_request_set() has changed PATH_INFO. In the same way ws.listener is the address of the
 * listener that the connection came in on, as ws_server_address() gives it: "127.0.0.1:8080",
 * "unix:/run/app.sock".
 *
 * @param request  any request
 * @param key      the key, in capitals
 * @return the value, bytes as they came; NULL when the environ has no such key, and for
 * ws.raw_path_info also when there is no memory
 *
 * Ownership:  the request's; valid as long as it.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     PEP 3333 environ, RFC 3875 §4.1
 */
WS_API const char* ws_request_get(ws_request* request, const char* key);

/**
 * Add, replace or remove an environ key; for filters.
 *
 * @param request  any request
 * @param key      the key
 * @param value    its new value; NULL removes the key
 * @return WS_OK; WS_EINVAL when request or key is NULL; WS_ENOMEM
 *
 * Ownership:  both texts are copied. Values that were handed out before stay valid.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_set(ws_request* request, const char* key, const char* value);

/**
 * Keep something of your own with a request: a filter leaves it for the application, or for what it
 * does behind ws_next_call(); callbacks of ws_server_on_head() and ws_server_on_answer() see it,
 * too. The keys are a list of their own, which no client can write to. Begin them with a name of
 * yours ("myauth.user").
 *
 * `release` is called once: when the key is set anew, or else when the request ends, with the last
 * reference to it. It gets `data`, on the thread that does that, which may be the library's; it
 * must not use this request. Of several the youngest comes first. A child of fork(2) calls none.
 *
 * @param request  any request
 * @param key      its name
 * @param data     what is kept; NULL takes the key away
 * @param release  frees it; NULL for nothing
 * @return WS_OK; WS_EINVAL when request or key is NULL; WS_ENOMEM, and then `data` stays the
 * caller's
 *
 * Ownership:  the key is copied; `data` is the request's until `release` is called.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     context.WithValue (Go), request attributes of servlets
 */
WS_API ws_status ws_request_set_data(ws_request* request, const char* key, void* data,
                                     void (*release)(void* data));

/**
 * What ws_request_set_data() has kept with a request.
 *
 * @param request  any request
 * @param key      its name
 * @return it; NULL when there is none
 *
 * Ownership:  the request's, until the key is set anew.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API void* ws_request_data(ws_request* request, const char* key);

/**
 * One pair of the environ; counting up from 0 until it fails gives all of them.
 *
 * @param request  any request
 * @param index    0 for the first pair
 * @param key      gets the key
 * @param value    gets the value
 * @return WS_OK; WS_EUNKNOWN when there is no such pair
 *
 * Ownership:  the request's; valid as long as it.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_environ_at(ws_request* request, size_t index, const char** key,
                                       const char** value);

/**
 * The whole environ in one piece: `key NUL value NUL`, pair after pair.
 *
 * @param request   any request
 * @param buffer    gets the pairs, when they fit; may be NULL when `capacity` is 0
 * @param capacity  of the buffer, in bytes
 * @return the bytes that all pairs take; when it is more than `capacity` nothing was written
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API size_t ws_request_pack(ws_request* request, char* buffer, size_t capacity);

/**
 * Read the request body, from where the last read ended.
 *
 * A body has arrived as a whole before the application is called, and this waits for no client; but
 * one that its client holds back (`Expect: 100-continue`) may be asked for by the first read, which
 * waits until it is whole. Of a body that is streamed, by the option body_streaming or
 * ws_request_stream_body(), this gives what is there, and waits for the client when nothing is: as
 * long as body_timeout and body_min_rate allow.
 *
 * @param request   any request
 * @param buffer    gets the bytes
 * @param capacity  of the buffer, in bytes
 * @return how many bytes it got, 0 at the end of the body; or a negative ws_status:
 * WS_EDISCONNECTED when the rest will not come: the client has left, was too slow, or has sent what
 * is no body; WS_ESTATE in the callback of ws_server_on_head(), and when the body still comes and
 * this is the thread that turns the event loop, which cannot wait: ws_request_read_some() does not;
 * WS_ESYSTEM when the temporary file cannot be read
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     wsgi.input (PEP 3333)
 */
WS_API int64_t ws_request_read(ws_request* request, void* buffer, size_t capacity);

/**
 * Let the next ws_request_read() begin at the front of the body again.
 *
 * @param request  any request
 * @return WS_OK; WS_EINVAL when it is NULL; WS_ESTATE when the body is streamed
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     wsgi.input of Waitress, rack.input
 */
WS_API ws_status ws_request_rewind(ws_request* request);

/**
 * Length of the body, the chunked coding taken off.
 *
 * @param request  any request
 * @return bytes; 0 for none; -1 while a body comes that has not said how long it is
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API int64_t ws_request_body_size(ws_request* request);

/**
 * Whether the answer may still be wanted. Ask it now and then in long work.
 *
 * @param request  any request
 * @return a ws_gone_reason; 0 while the client waits
 *
 * Threads:    any, at any time.
 * Since:      1.0
 * Source:     waitress.client_disconnected
 */
WS_API int ws_request_gone(ws_request* request);

/* -- Its life -- */

/**
 * Keep the request beyond the callback: the caller owns a reference, answers when it likes, from
 * any thread, and ends with ws_request_release(). Further calls each give one more reference.
 *
 * @param request  a request
 * @return WS_OK; WS_EINVAL when it is NULL; WS_ESTATE in the callback of ws_server_on_head()
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_defer(ws_request* request);

/**
 * Give up a reference. The last one of a request without an answer makes the answer a 500.
 *
 * @param request  a request that was deferred or taken by a worker; or NULL
 *
 * Ownership:  the reference is gone.
 * Threads:    any, at any time.
 * Since:      1.0
 * Source:     own
 */
WS_API void ws_request_release(ws_request* request);

/**
 * Take the connection out of the server, to speak another protocol on it. The caller sends
 * everything from here on, the answer's status line too.
 *
 * @param request    a request of whose answer nothing was sent
 * @param fd         gets the descriptor; it is non-blocking
 * @param left       gets what the client has sent behind the request
 * @param left_size  gets its length, in bytes
 * @return WS_OK; WS_ESTATE when something was sent, when earlier pipelined answers are still under
 * way, and while the body still comes: read one that is streamed to its end first;
 * WS_EDISCONNECTED; WS_ESYSTEM when no descriptor is left
 *
 * Ownership:  the descriptor is the caller's; `left` is the request's and valid as long as it.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     rack.hijack, http.Hijacker (Go), RFC 9110 §7.8
 */
WS_API ws_status ws_request_detach(ws_request* request, int* fd, const char** left,
                                   size_t* left_size);

WS_END_DECLS

#include <wserve/answer.h>

#endif
