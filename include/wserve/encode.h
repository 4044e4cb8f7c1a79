/* The body of an answer on its way out: encoders, through which all of it passes. */
#ifndef WSERVE_ENCODE_H
#define WSERVE_ENCODE_H

#include <stddef.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/** What an encoder is to do behind the bytes that it is given. New ones may come at the end. */
typedef enum ws_encode_step {
  WS_ENCODE_MORE = 0,  /**< more will come; it may keep what it likes */
  WS_ENCODE_FLUSH = 1, /**< more will come, and the client shall have all so far */
  WS_ENCODE_END = 2    /**< that was the last of the body */
} ws_encode_step;

/**
 * Makes other bytes of those of a body, and gives them to ws_request_put_encoded(), in one call or
 * in several, as many as it likes; on the thread that writes the answer. That may be one that turns
 * an event loop.
 *
 * ws_request_write() and each piece of a file are a WS_ENCODE_MORE; ws_request_flush() and
 * ws_request_try_write() a WS_ENCODE_FLUSH; the end of the answer one WS_ENCODE_END, with the bytes
 * that come with it. An answer that is cut has no end.
 *
 * All that would begin, write, end, give up or keep the answer, or detach the connection, returns
 * WS_ESTATE meanwhile.
 *
 * @param request       lent for the time of the call
 * @param data          the bytes; may be NULL when `size` is 0
 * @param size          how many; there may be none
 * @param step          what to do behind them
 * @param encoder_data  what was given to ws_request_encode_body()
 * @return WS_OK: it has taken all of them; anything else is what the call of the application
 * returns. Once a part of the answer was sent, the answer is cut so that the client sees it, with a
 * line in the log; before, it is as if it had never been begun, and what takes its place has no
 * encoders.
 */
typedef ws_status (*ws_encode_fn)(ws_request* request, const void* data, size_t size,
                                  ws_encode_step step, void* encoder_data);

/**
 * Let the body of the answer pass through an encoder, however it is written. What it is called is
 * the caller's to say (Content-Encoding, ETag, ...).
 *
 * The Content-Length of the application is not sent; it still says how many bytes the application
 * writes. The server frames what the encoder makes: an answer in one piece that becomes no longer
 * than 256 KiB has a Content-Length, others are chunked, or, to HTTP/1.0, end with the connection.
 * Files are read, on the thread that sends them, which waits for the client as for
 * ws_request_write(). Where there is no body (204, 205, 304) no encoder is called; for HEAD only to
 * find the Content-Length, of an answer in one piece.
 *
 * Of several encoders the first one stands next to the application, and the next one encodes what
 * it has made. ws_request_discard(), and an answer that takes the place of this one, such as a 500,
 * forget them, as they do with fields.
 *
 * @param request       a request whose head is not sent; also in ws_server_on_answer() and
 *                      ws_request_on_answer()
 * @param encode        the encoder
 * @param encoder_data  is passed to it
 * @param release       is called once with `encoder_data`: when the answer has ended or was
 *                      forgotten; NULL for nothing to do
 * @return WS_OK; WS_EINVAL for NULL; WS_ENOMEM; WS_ESTATE when the head is sent, in an encoder, and
 * when an encoder has failed before the head of this request's answer was sent
 *
 * Ownership:  the library calls `release`, on any thread, unless this call fails.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own; output filters (Apache)
 */
WS_API ws_status ws_request_encode_body(ws_request* request, ws_encode_fn encode,
                                        void* encoder_data, void (*release)(void* encoder_data));

/**
 * Send what an encoder has made, or give it to the next encoder. Waits while the client is too slow
 * where ws_request_write() would.
 *
 * @param request  the request that the encoder was called with
 * @param data     the bytes; may be NULL when `size` is 0
 * @param size     how many
 * @return WS_OK; WS_EINVAL for NULL; WS_ESTATE outside of an encoder; what the next encoder
 * returns; WS_ENOMEM, WS_EDISCONNECTED, WS_ESYSTEM: pass those on, the answer fails with the first
 * of them in any case
 *
 * Ownership:  the bytes are copied or sent before the call returns.
 * Threads:    that of the encoder.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_request_put_encoded(ws_request* request, const void* data, size_t size);

WS_END_DECLS

#endif
