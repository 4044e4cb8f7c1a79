/* The answer to a request. */
#ifndef WSERVE_ANSWER_H
#define WSERVE_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/**
 * Answer with a body of known length, in one call. Fields added before go with it. No body for a
 * HEAD request means that nothing is said of its length, unless Content-Length is among the fields.
 *
 * @param request       a request that was not started
 * @param status        200 to 599
 * @param content_type  Content-Type; NULL or empty for none
 * @param data          the body; may be NULL when `size` is 0
 * @param size          of the body, in bytes
 * @return WS_OK; WS_EINVAL for a status or type that is not allowed; WS_ESTATE when it was started;
 *         WS_EDISCONNECTED
 *
 * Ownership:  everything is copied or sent before the call returns.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_reply(ws_request* request, int status, const char* content_type,
                                  const void* data, size_t size);

/**
 * Answer with the site's own page for a status, as the server does itself: that of the option
 * error_pages, and where there is none, the text.
 *
 * @param request  the request
 * @param status   400 to 599
 * @param text     the body without such a page, as text/plain; NULL for an empty one
 * @return as ws_request_reply(); WS_EINVAL for another status
 *
 * Ownership:  the text is copied.
 * Threads:    one thread at a time per request.
 * Since:      1.0
 * Source:     error_page of nginx
 */
WS_API ws_status ws_request_reply_page(ws_request* request, int status, const char* text);

/**
 * Begin an answer. Fields may be added until the first byte of the body is written.
 *
 * Without a Content-Length among them the body is sent chunked, or, to HTTP/1.0, until the
 * connection closes. The server adds Date, Server, Connection and what frames the body.
 *
 * @param request  a request that was not started
 * @param status   200 to 599
 * @param reason   reason phrase; NULL or empty for the usual one
 * @return WS_OK; WS_EINVAL for a status that is not allowed, or a reason with control characters;
 *         WS_ESTATE when it was started
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     start_response (PEP 3333)
 */
WS_API ws_status ws_request_start(ws_request* request, int status, const char* reason);

/**
 * Add a field to the answer, before its head is sent; also before ws_request_start().
 *
 * Of what is no list an answer has one, so a later field replaces an earlier one of that name: Age,
 * Content-Disposition, Content-Location, Content-Range, Content-Type (that of ws_request_reply(),
 * too), Date, ETag, Expires, Last-Modified, Location, Refresh, Retry-After, Server,
 * Strict-Transport-Security, Sunset, Access-Control-Allow-Credentials, -Allow-Origin and -Max-Age.
 * Others are sent as often as they are added.
 *
 * `Connection: close` lets the server close the connection behind the answer, also when an interim
 * response comes first. `Trailer` names the fields that ws_request_add_trailer() will add; it is
 * sent with a chunked body only, and names those that were added before the head is sent, too.
 *
 * @param request  a request whose head is not sent
 * @param name     a token
 * @param value    without CR, LF, NUL and other controls
 * @return WS_OK; WS_EINVAL for such bytes, for a hop-by-hop field (Transfer-Encoding, Keep-Alive,
 * ..., and Connection with anything but close: they are the server's; but Upgrade may go with
 * status 426, and ws_request_start() returns WS_EINVAL for any other status behind it), for a
 * Trailer with a name that ws_request_add_trailer() refuses, and for a Content-Length that is no
 * number or comes twice; WS_ESTATE when the head is sent
 *
 * Ownership:  both texts are copied.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     start_response (PEP 3333), RFC 9110 §5, §6.6.2, §7.6.1
 */
WS_API ws_status ws_request_add_header(ws_request* request, const char* name, const char* value);

/**
 * Add several fields in one call: `name NUL value NUL`, field after field.
 *
 * @param request  a request whose head is not sent
 * @param fields   the fields; may be NULL when `size` is 0
 * @param size     of all of them, the last NUL included, in bytes
 * @return as ws_request_add_header(), for the first field that fails; those before it are added
 *
 * Ownership:  everything is copied.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_add_headers(ws_request* request, const char* fields, size_t size);

/**
 * Send a part of the body at once. Waits while the client is too slow (option
 * outbuf_high_watermark), but never on the thread that turns the event loop. In a callback on that
 * thread (with threads=0, and that of ws_server_on_head()) small parts, up to 16 KiB, are sent
 * together when it returns, or by ws_request_flush().
 *
 * Bytes beyond the declared Content-Length are not sent; bytes for an answer that has no body
 * (HEAD, 204, 304) are counted and dropped, until the client has gone.
 *
 * @param request  a request that was started
 * @param data     the bytes
 * @param size     how many; with 0 nothing happens
 * @return WS_OK; WS_ESTATE when it was not started, or has ended; WS_EDISCONNECTED; WS_ESYSTEM when
 *         temporary storage for a slow client is not to be had
 *
 * Ownership:  the bytes are copied or sent before the call returns.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     write() (PEP 3333)
 */
WS_API ws_status ws_request_write(ws_request* request, const void* data, size_t size);

/**
 * Send now what has not been sent: the head, and small parts that were written in a callback on the
 * thread that turns the event loop; answers to earlier requests of the connection too.
 *
 * @param request  a request that was started
 * @return as ws_request_write()
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     http.Flusher (Go)
 */
WS_API ws_status ws_request_flush(ws_request* request);

/**
 * Send a part of a file as a part of the body, without reading it into memory. Never waits for the
 * client. A file that becomes shorter while it is sent cuts the answer, with a warning in the log.
 *
 * @param request  a request that was started
 * @param fd       a file or a device that is open for reading
 * @param offset   of the first byte
 * @param size     how many bytes
 * @return as ws_request_write(); before anything is sent, WS_EINVAL for a negative number, for a
 * folder, a pipe, a socket or a descriptor that is not open for reading, and when the file ends
 * before the last byte that would be sent (Content-Length may leave room for fewer than `size`)
 *
 * Ownership:  the library uses a duplicate of the descriptor; the caller may close its own.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     wsgi.file_wrapper (PEP 3333), sendfile(2)
 */
WS_API ws_status ws_request_send_file(ws_request* request, int fd, int64_t offset, int64_t size);

/**
 * Add a trailer field, sent behind a chunked body; with any other body it is dropped. One that is
 * added before the head is sent is announced there; others may be by the field Trailer.
 *
 * @param request  a request that has not ended
 * @param name     as for ws_request_add_header()
 * @param value    as for ws_request_add_header()
 * @return as ws_request_add_header(); WS_EINVAL also for a field that comes too late there, such as
 * Content-Length, Content-Type or Set-Cookie (RFC 9110 §6.5.1); WS_ESTATE when it has ended
 *
 * Ownership:  both texts are copied.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9112 §7.1.2
 */
WS_API ws_status ws_request_add_trailer(ws_request* request, const char* name, const char* value);

/**
 * Send an interim response, such as 103 Early Hints, with the fields added so far; they are then
 * forgotten. HTTP/1.0 clients get none.
 *
 * @param request  a request that was not started
 * @param status   102 to 199
 * @return WS_OK; WS_EINVAL for another status; WS_ESTATE when it was started; WS_EDISCONNECTED
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9110 §15.2, RFC 8297
 */
WS_API ws_status ws_request_interim(ws_request* request, int status);

/**
 * End the answer. A callback that returns WS_OK without it ends the answer too. Where the last part
 * of the body is at hand, ws_request_finish() sends it together with the end.
 *
 * When fewer bytes were written than Content-Length said, the connection is closed.
 *
 * @param request  a request that was started
 * @return WS_OK; WS_ESTATE when it was not started, or has ended; WS_EDISCONNECTED
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_end(ws_request* request);

/**
 * Send the last part of the body and end the answer, in one piece: a client that stops reading at
 * the last byte of the content has then got the end, too, and can use the connection again. When
 * nothing was written before, the length of the body is known and sent as Content-Length. Never
 * waits for the client.
 *
 * @param request  a request that was started
 * @param data     the last bytes; may be NULL when `size` is 0
 * @param size     how many; with 0 this is ws_request_end()
 * @return as ws_request_end(); WS_EINVAL for NULL with a size; WS_ESYSTEM when temporary storage
 * for a slow client is not to be had
 *
 * Ownership:  the bytes are copied or sent before the call returns.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own; http.ServerResponse.end (Node.js)
 */
WS_API ws_status ws_request_finish(ws_request* request, const void* data, size_t size);

/**
 * End the answer because the application has failed: a 500 that shows `text` only with the option
 * expose_tracebacks; once the head is sent, the connection is cut instead. The text is logged.
 *
 * @param request  a request that has not ended
 * @param text     what went wrong, perhaps a traceback; NULL for nothing, and no line in the log
 * @return WS_OK; WS_ESTATE when it has ended
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     waitress expose_tracebacks
 */
WS_API ws_status ws_request_fail(ws_request* request, const char* text);

WS_END_DECLS

#endif
