/* What HTTP says of a resource: dates, conditions on its state, the choice of a representation, and
 * answers that are files. */
#ifndef WSERVE_RESOURCE_H
#define WSERVE_RESOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/* -- Dates -- */

/** Bytes of a date with its NUL: "Sun, 06 Nov 1994 08:49:37 GMT". */
#define WS_DATE_SIZE 30

/** No time is known. */
#define WS_NO_TIME INT64_MIN

/**
 * Write a date as HTTP has it, whatever the locale.
 *
 * @param seconds   since 1970, also before
 * @param to        gets the date
 * @param capacity  of it: WS_DATE_SIZE at least
 * @return WS_OK; WS_EINVAL when the year has no four digits; WS_ETOOBIG when it does not fit
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     RFC 9110 §5.6.7
 */
WS_API ws_status ws_date_write(int64_t seconds, char* to, size_t capacity);

/**
 * Read a date of HTTP in any of its three forms, and no other.
 *
 * @param text     the date
 * @param seconds  gets the seconds since 1970; WS_NO_TIME when it is none
 * @return WS_OK; WS_EINVAL when it is none
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     RFC 9110 §5.6.7
 */
WS_API ws_status ws_date_read(const char* text, int64_t* seconds);

/* -- Conditions -- */

/**
 * Whether the conditions of a request allow to go on, given the present state of what it is about.
 * All are asked, in their order: If-Match, or else If-Unmodified-Since; then If-None-Match, or
 * else, for GET and HEAD, If-Modified-Since. Tags are compared strongly by If-Match, weakly by
 * If-None-Match. A date that cannot be read is no condition.
 *
 * @param request        any request
 * @param etag           the entity-tag with its quotes, `"v1"` or `W/"v1"`; "" when it has none;
 *                       NULL when there is nothing yet, as when a PUT will create it
 * @param last_modified  when it has changed last, in seconds since 1970; WS_NO_TIME when that is
 *                       not known
 * @return 0: go on; or the status to answer with: 304, for GET and HEAD, or 412
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9110 §13.2.2
 */
WS_API int ws_request_precondition(ws_request* request, const char* etag, int64_t last_modified);

/**
 * Whether the client has it already: the answer is 304, with the same ETag and Last-Modified, and
 * no body.
 *
 * @param request        any request
 * @param etag           as for ws_request_precondition()
 * @param last_modified  likewise
 * @return 1 for a GET or HEAD that ws_request_precondition() answers with 304; else 0
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9110 §13.1, req.fresh (Express)
 */
WS_API int ws_request_is_fresh(ws_request* request, const char* etag, int64_t last_modified);

/* -- The choice of a representation -- */

/** Which field it is that chooses. */
typedef enum ws_accept {
  WS_ACCEPT_TYPE = 0,     /**< Accept, of media types */
  WS_ACCEPT_LANGUAGE = 1, /**< Accept-Language */
  WS_ACCEPT_ENCODING = 2  /**< Accept-Encoding, of content codings */
} ws_accept;

/**
 * Choose among what there is by what the client would rather have. Of several that it likes equally
 * the first one is taken. A member of the list that cannot be read counts for nothing.
 *
 * For a media type the weight is that of the range that says most: parameters before a subtype,
 * before "text" with any subtype, before any type. A language is looked up (RFC 4647 §3.4): for
 * each range in the order of weights the offer of that name, or one that goes on behind it ("de"
 * finds "de-AT"), or one that it goes on behind ("de-AT" finds "de"). "identity" is always good,
 * unless the field excludes it (RFC 9110 §12.5.3).
 *
 * @param accept  what `value` is about, a ws_accept
 * @param value   the field: ws_request_get() of HTTP_ACCEPT, HTTP_ACCEPT_LANGUAGE or
 *                HTTP_ACCEPT_ENCODING; NULL when there is none, and then all is good: the first
 *                offer, of codings "identity" when it is among them
 * @param offers  what there is, the best first: "text/html", "de-AT", "gzip"
 * @param count   how many
 * @return the index of the one to take; -1 when none is acceptable: send the first one, or 406
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     RFC 9110 §12.5, RFC 4647 §3
 */
WS_API int ws_accept_choose(int accept, const char* value, const char* const* offers, size_t count);

/* -- Files -- */

/**
 * Open a regular file below a folder, and nothing else: no link is followed, no name of the path is
 * ".." or ".", what is no file (a device, a pipe) is not opened, and nothing waits. A path that
 * came from a client can do no harm here; whether it may name a hidden file is the caller's to say.
 *
 * @param folder  a descriptor of the folder, also with O_PATH
 * @param path    names with slashes between; one at its beginning counts for nothing
 * @param fd      gets the descriptor, with O_CLOEXEC; -1 when there is none
 * @return WS_OK; WS_EUNKNOWN when there is no such file, WS_ESYSTEM when it cannot be opened: errno
 * has the reason, EISDIR for a folder
 *
 * Ownership:  the descriptor is the caller's.
 * Threads:    any.
 * Since:      1.0
 * Source:     openat(2), RESOLVE_BENEATH of openat2(2)
 */
WS_API ws_status ws_file_open(int folder, const char* path, int* fd);

/**
 * Answer with a file: ETag, Last-Modified, Content-Length, conditions, one range, and no body to
 * HEAD; what the application `files` does. Fields that were added before go along, and an ETag or
 * Last-Modified among them takes the place of the file's own. Requests with other methods than GET
 * and HEAD get all of the file, whatever their conditions.
 *
 * The tag is made of the file's time and size. It tells two states apart unless the file was
 * changed twice within the clock's grain and kept its size.
 *
 * @param request       a request that was not started
 * @param fd            a regular file, open for reading; its position counts for nothing
 * @param content_type  its type; NULL for application/octet-stream
 * @return WS_OK; WS_EINVAL when it is no regular file, or cannot be read, and then nothing was
 * begun; or as ws_request_send_file()
 *
 * Ownership:  the descriptor stays the caller's, who may close it at once.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9110 §13, §14; http.ServeContent (Go)
 */
WS_API ws_status ws_request_reply_file(ws_request* request, int fd, const char* content_type);

WS_END_DECLS

#endif
