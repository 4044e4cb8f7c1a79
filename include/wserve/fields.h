/* Answers before their heads go out: what they say, and how that is changed. */
#ifndef WSERVE_FIELDS_H
#define WSERVE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/server.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/**
 * Sees an answer once it is begun and before its head goes out, on the thread that answers. That
 * may be one that turns an event loop: with threads=0, for health_path, for what
 * ws_server_on_head() answers, and for requests that waited too long for a thread. There it must
 * not block.
 *
 * It may read the environ, and read, set and remove fields. All that would begin, write, end, give
 * up or keep the answer, or detach the connection, returns WS_ESTATE. A status other than WS_OK,
 * and the text that ws_request_fail() is given, become a line of the log; the answer goes out as it
 * is. It is called once for each answer that is begun: also for one that is discarded or fails
 * behind that, as when ws_request_send_file() refuses the file.
 *
 * @param request      lent for the time of the call
 * @param answer_data  what was given to ws_server_on_answer()
 */
typedef ws_status (*ws_answer_fn)(ws_request* request, void* answer_data);

/**
 * Have a callback see each answer before its head goes out: those of the application, and the
 * server's own in its place, such as a 500, that of health_path, or the 503 of queue_limit. Not the
 * pages with which the event loop refuses what it does not serve (RFC 9110 §15.5, such as 400, 408,
 * 413 and 431), and the 503 of request_timeout, which takes the place of an answer that may be on
 * its way: of those ws_server_on_done() tells.
 *
 * @param server       the server; must not listen yet
 * @param answer       the callback; NULL for none
 * @param answer_data  is passed to it
 * @return WS_OK; WS_ESTATE when the server listens
 *
 * Ownership:  `answer_data` stays the caller's and must live until the server has stopped.
 * Threads:    one thread at a time, before ws_server_listen(); the callback on all that answer.
 * Since:      1.0
 * Source:     own; Header always (Apache)
 */
WS_API ws_status ws_server_on_answer(ws_server* server, ws_answer_fn answer, void* answer_data);

/**
 * Have a callback see the answer to one request before its head goes out; and that which takes its
 * place, such as a 500 when the application fails. For filters, which see the request first.
 *
 * The last one that was added is called first, so that a filter sees what those behind it have made
 * of the application's answer; that of ws_server_on_answer() comes behind all of them.
 *
 * @param request      a request whose head is not sent
 * @param answer       the callback
 * @param answer_data  is passed to it
 * @param release      is called once with `answer_data`, when the request has ended; NULL for
 *                     nothing to do
 * @return WS_OK; WS_EINVAL for NULL; WS_ENOMEM; WS_ESTATE when the head is sent, in such a
 * callback, and in an encoder
 *
 * Ownership:  the library calls `release`, on any thread, unless this call fails.
 * Threads:    any, one at a time; the callback on that which answers.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_on_answer(ws_request* request, ws_answer_fn answer, void* answer_data,
                                      void (*release)(void* answer_data));

/**
 * Status of the answer.
 *
 * @param request  any request
 * @return 200..599; 0 when it is not begun
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9110 §15
 */
WS_API int ws_request_status(ws_request* request);

/**
 * A field of the answer, as it was added. Those that the server adds itself (Date, Server,
 * Connection, framing, the request's id, Server-Timing) are not among them.
 *
 * @param request  any request; its fields are known until the head is sent
 * @param name     in upper or lower case
 * @return the value of the first field of that name; NULL when there is none, or when memory is out
 *
 * Ownership:  the text is the library's and valid as long as the request.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     ResponseWriter.Header (Go)
 */
WS_API const char* ws_request_header(ws_request* request, const char* name);

/**
 * One field of the answer; counting up from 0 until it fails gives all of them, those of one name
 * as often as they were added.
 *
 * @param request  as for ws_request_header()
 * @param index    0 for the first field
 * @param name     gets its name
 * @param value    gets its value
 * @return WS_OK; WS_EUNKNOWN when there is no such field; WS_EINVAL for NULL; WS_ENOMEM
 *
 * Ownership:  the texts are the library's and valid as long as the request.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_header_at(ws_request* request, size_t index, const char** name,
                                      const char** value);

/**
 * How long the body of the answer is, as far as it is known: by its Content-Length, or, in the
 * callbacks for answers, because the whole of it was given in one piece.
 *
 * @param request  any request
 * @return bytes; -1 when it is not known, and when it passes through an encoder
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API int64_t ws_request_answer_size(ws_request* request);

/**
 * Add a field to the answer in the place of all of its name. When it is refused, those stay.
 *
 * @param request  a request whose head is not sent
 * @param name     as for ws_request_add_header()
 * @param value    likewise
 * @return as ws_request_add_header()
 *
 * Ownership:  both texts are copied.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     Header.Set (Go)
 */
WS_API ws_status ws_request_set_header(ws_request* request, const char* name, const char* value);

/**
 * Take all fields of a name out of the answer. Without the Content-Length that the application gave
 * the server frames the body itself.
 *
 * @param request  a request whose head is not sent
 * @param name     in upper or lower case
 * @return WS_OK, also when there was none; WS_ESTATE when the head is sent
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     Header.Del (Go)
 */
WS_API ws_status ws_request_remove_header(ws_request* request, const char* name);

WS_END_DECLS

#endif
