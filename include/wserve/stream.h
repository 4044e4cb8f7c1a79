/* A request from its head on: before its body is there, while it comes, and writes that do not
 * wait. */
#ifndef WSERVE_STREAM_H
#define WSERVE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/server.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/**
 * Sees each request when its head is there and its body is not, before any filter, on a thread that
 * turns an event loop: it must not block, and no other client is served meanwhile.
 *
 * It may read the environ; answer, with 401 or 413 for instance, and then the body is never asked
 * for; limit the body with ws_request_limit_body(); have it streamed with ws_request_stream_body().
 * Without an answer the request goes on to filters and application. A status other than WS_OK makes
 * it a 500.
 *
 * @param request    lent for the time of the call; it cannot be deferred here
 * @param head_data  what was given to ws_server_on_head()
 */
typedef ws_status (*ws_head_fn)(ws_request* request, void* head_data);

/**
 * Have a callback see each request at its head.
 *
 * @param server     the server; must not listen yet
 * @param head       the callback; NULL for none
 * @param head_data  is passed to it
 * @return WS_OK; WS_ESTATE when the server listens
 *
 * Ownership:  `head_data` stays the caller's and must live until the server has stopped.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     own; RFC 9110 §10.1.1
 */
WS_API ws_status ws_server_on_head(ws_server* server, ws_head_fn head, void* head_data);

/**
 * Limit the body of this request, below the option max_request_body_size. A body that says that it
 * is longer, or turns out to be, is refused with 413.
 *
 * @param request  a request in the callback of ws_server_on_head()
 * @param bytes    the longest body that is taken
 * @return WS_OK; WS_ESTATE anywhere else
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     http.MaxBytesReader (Go), RFC 9110 §15.5.14
 */
WS_API ws_status ws_request_limit_body(ws_request* request, uint64_t bytes);

/**
 * Hand this request over at its head: its body is read while it comes. The option body_streaming
 * does it for every request.
 *
 * A streamed body is never written to disk: above the option body_window of unread bytes the client
 * is not read from. ws_request_body_size() is -1 when its length is not known, CONTENT_LENGTH is
 * then not in the environ, and ws_request_rewind() returns WS_ESTATE. The answer may begin, and
 * end, before the body has ended; what is left of it is then read away up to a limit, or the
 * connection closes in a way that leaves the answer readable.
 *
 * @param request  a request in the callback of ws_server_on_head()
 * @return WS_OK; WS_ESTATE anywhere else
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_stream_body(ws_request* request);

/**
 * Read from the body without waiting longer than you like. Of a body that is there as a whole this
 * is ws_request_read().
 *
 * @param request     any request
 * @param buffer      gets the bytes
 * @param capacity    of the buffer, in bytes
 * @param timeout_ms  how long to wait for the client; 0 does not wait, negative waits until
 * body_timeout. On a thread that turns the event loop it never waits
 * @param got         gets how many bytes there were; 0 with WS_OK at the end of the body
 * @return WS_OK; WS_TIMEOUT when none came in time; WS_EDISCONNECTED when none will come any more:
 * the client has left, was too slow, or has sent what is no body; WS_ESTATE in the callback of
 * ws_server_on_head(); WS_EINVAL for NULL; WS_ESYSTEM
 *
 * Threads:    any, one at a time; another one may write the answer meanwhile.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_read_some(ws_request* request, void* buffer, size_t capacity,
                                      int timeout_ms, size_t* got);

/**
 * A field behind a chunked body.
 *
 * @param request  a request whose body was read to its end, or is there as a whole
 * @param index    0 for the first; counting up until it fails gives all of them
 * @param name     gets its name, as it came
 * @param value    gets its value
 * @return WS_OK; WS_EUNKNOWN when there is none of that index; WS_ESTATE while the body still comes
 *
 * Ownership:  the request's; valid as long as it.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9110 §6.5
 */
WS_API ws_status ws_request_trailer_at(ws_request* request, size_t index, const char** name,
                                       const char** value);

/**
 * Write a part of the body without waiting for a slow client.
 *
 * @param request  a request that was started
 * @param data     the bytes
 * @param size     how many
 * @return WS_OK: all of it was taken; WS_TIMEOUT: nothing was, because more than the mark of
 * ws_request_set_mark() waits for the client; else as ws_request_write()
 *
 * Ownership:  the bytes are copied or sent before the call returns.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own; EAGAIN of write(2)
 */
WS_API ws_status ws_request_try_write(ws_request* request, const void* data, size_t size);

/**
 * Bytes of output that the client has not taken yet, those of earlier answers on its connection
 * too.
 *
 * @param request  any request
 * @return how many
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     WebSocket.bufferedAmount
 */
WS_API uint64_t ws_request_pending(ws_request* request);

/**
 * How much output may wait for this client before ws_request_try_write() refuses more, and
 * ws_request_write() waits. The option outbuf_high_watermark says it for every request.
 *
 * @param request  any request
 * @param bytes    the mark; 0: nothing may wait
 * @return WS_OK; WS_EINVAL for NULL
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own; SO_SNDBUF
 */
WS_API ws_status ws_request_set_mark(ws_request* request, uint64_t bytes);

/**
 * A descriptor to wait on: it becomes readable when the client has left, when request_timeout is
 * over, when bytes of a streamed body are there or it has ended, and when the output has fallen
 * below the mark behind a ws_request_try_write() that returned WS_TIMEOUT.
 *
 * ws_request_gone(), ws_request_read_some() and ws_request_try_write() make it unreadable again,
 * and look behind that: call all of those whose outcome you wait for, then wait again. It may be
 * readable for no reason. poll(2), epoll(7), libuv and the event loops of languages can wait on it;
 * never read it yourself.
 *
 * @param request  any request
 * @return the descriptor; -1 when none is to be had, and ws_last_error() says why
 *
 * Ownership:  the library's; valid until the request is released.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_request_event_fd(ws_request* request);

WS_END_DECLS

#endif
