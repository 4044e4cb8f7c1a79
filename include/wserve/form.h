/* What forms and browsers send: parameters, cookies, uploads in parts. What HTTP says of a
 * resource, conditions, choices and files, is in <wserve/resource.h>, which this brings in. */
#ifndef WSERVE_FORM_H
#define WSERVE_FORM_H

#include <stddef.h>
#include <stdint.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/resource.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/** Names and values of a query, a form or cookies, in the order in which they came. It belongs to
 * its request, lives as long as it, and does not change. */
typedef struct ws_form ws_form;

/** The parts of a multipart/form-data body, one after the other. It belongs to its request and
 * lives as long as it; one thread at a time. */
typedef struct ws_multipart ws_multipart;

/* -- Limits and refusals -- */

/** How much of it a request may have, see ws_request_limit_form(). What is more is refused with
 * WS_ETOOBIG; nothing is ever cut off. */
typedef enum ws_form_limit {
  WS_LIMIT_PAIRS = 0,    /**< parameters of one query or form, or cookies: 1000 */
  WS_LIMIT_NAME = 1,     /**< bytes of the name of a parameter, a cookie or a part: 1024 */
  WS_LIMIT_FORM = 2,     /**< bytes of a form, or of all ws_multipart_text(), in memory: 1048576 */
  WS_LIMIT_PARTS = 3,    /**< parts of a multipart body: 1000 */
  WS_LIMIT_PART_HEAD = 4 /**< bytes of the fields of one part: 8192, and at most 1048576 */
} ws_form_limit;

/**
 * Change a limit for one request. It holds for what is read behind this call.
 *
 * @param request  any request
 * @param limit    which one, a ws_form_limit
 * @param max      the new limit
 * @return WS_OK; WS_EUNKNOWN when there is no such limit; WS_EINVAL for a value that it cannot
 * have; WS_ENOMEM
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     max_input_vars (PHP), DATA_UPLOAD_MAX_NUMBER_FIELDS (Django)
 */
WS_API ws_status ws_request_limit_form(ws_request* request, int limit, uint64_t max);

/**
 * Answer a request whose parameters, cookies or parts were refused: what the client sent is no
 * failure of the application's. `return ws_request_refuse(request, status);` is all there is to do
 * in it when one of the functions below has failed.
 *
 * @param request  a request that was not started
 * @param why      what the function returned: WS_EINVAL is answered with 400, WS_ETOOBIG with 413,
 * WS_EUNKNOWN with 415
 * @return WS_OK when it was answered; `why` for all other failures, which the application may
 * return; or as ws_request_reply()
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 9110 §15.5
 */
WS_API ws_status ws_request_refuse(ws_request* request, ws_status why);

/* -- Parameters and cookies -- */

/** What ws_percent_decode() does beyond its name; they are added up. */
typedef enum ws_decode_flag {
  WS_DECODE_PLUS = 1, /**< "+" is a blank, as in a query or a form */
  WS_DECODE_NUL = 2   /**< "%00" may stand there; without it that is WS_EINVAL */
} ws_decode_flag;

/**
 * Undo percent-encoding. It is done once and is strict: a "%" has two hexadecimal digits behind it.
 *
 * @param text      what is decoded; may be NULL when `size` is 0
 * @param size      of it, in bytes
 * @param to        gets the bytes, and a NUL behind them; may be `text` itself
 * @param capacity  of `to`, in bytes; `size` + 1 are always enough
 * @param length    gets how many bytes there are, without the NUL; may be NULL
 * @param flags     a sum of ws_decode_flag, or 0
 * @return WS_OK; WS_EINVAL for an escape that is none, or %00; WS_ETOOBIG when it does not fit.
 * What `to` holds then is not to be used
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     RFC 3986 §2.1
 */
WS_API ws_status ws_percent_decode(const char* text, size_t size, char* to, size_t capacity,
                                   size_t* length, int flags);

/**
 * Parameters of the query, decoded. "&" stands between them and nothing else does: ";" is a byte of
 * a value. "+" is a blank; a parameter without "=" has an empty value.
 *
 * @param request  any request
 * @param form     gets them; none at all is an empty form
 * @return WS_OK; WS_EINVAL for an escape that is none, and for a NUL (%00), in which texts of C
 * would end; WS_ETOOBIG by WS_LIMIT_PAIRS or WS_LIMIT_NAME; WS_ENOMEM
 *
 * Ownership:  the request's; valid as long as it. It is read once, and anew when QUERY_STRING was
 * changed.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     URL Standard (application/x-www-form-urlencoded parsing); strict about escapes
 */
WS_API ws_status ws_request_query(ws_request* request, const ws_form** form);

/**
 * Parameters of a body of the type application/x-www-form-urlencoded, which is read to its end.
 * Each is as those of a query. Waits as ws_request_read() does.
 *
 * @param request  any request
 * @param form     gets them; a request without a body has an empty form
 * @return as ws_request_query(), and WS_ETOOBIG by WS_LIMIT_FORM; WS_EUNKNOWN when the body has
 * another type; or as ws_request_read()
 *
 * Ownership:  the request's; valid as long as it. It is read once.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     URL Standard (application/x-www-form-urlencoded parsing)
 */
WS_API ws_status ws_request_form(ws_request* request, const ws_form** form);

/**
 * The cookies that came with a request. Their values are not decoded; quotes around one are taken
 * off, and a ";" between quotes ends it all the same. What is no cookie, because it has no "=" or
 * no token as its name, is left out: other applications of the same host may have set it.
 *
 * Of several with one name ws_form_get() gives the first, which a browser means for the longest
 * path. Who can write cookies for a neighbouring host can send one of any name.
 *
 * @param request  any request
 * @param form     gets them
 * @return WS_OK; WS_ETOOBIG by WS_LIMIT_PAIRS or WS_LIMIT_NAME; WS_ENOMEM
 *
 * Ownership:  the request's; valid as long as it. They are read once, and anew when HTTP_COOKIE was
 * changed.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 6265 §4.2, §5.4
 */
WS_API ws_status ws_request_cookies(ws_request* request, const ws_form** form);

/**
 * How many pairs there are.
 *
 * @param form  a form; NULL has none
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API size_t ws_form_count(const ws_form* form);

/**
 * One pair of a form.
 *
 * @param form   a form
 * @param index  0 for the first
 * @param name   gets its name; may be NULL
 * @param value  gets its value; may be NULL
 * @return WS_OK; WS_EUNKNOWN when there is no such pair; WS_EINVAL when `form` is NULL
 *
 * Ownership:  both texts are the request's; valid as long as it.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_form_at(const ws_form* form, size_t index, const char** name,
                            const char** value);

/**
 * The value of the first pair that has a name.
 *
 * @param form  a form; NULL has none
 * @param name  the name, byte for byte
 * @return the value; NULL when there is none
 *
 * Ownership:  the request's; valid as long as it.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_form_get(const ws_form* form, const char* name);

/* -- Uploads in parts -- */

/**
 * Begin to read a body of the type multipart/form-data. It is read piece by piece, whether it has
 * come as a whole or is streamed, and no more of it is in memory than one part's head and a window
 * of 16 KiB. From here on nothing else reads the body.
 *
 * @param request    a request of whose body nothing was read
 * @param multipart  gets it; a second call gives the same
 * @return WS_OK; WS_EUNKNOWN when the body has another type; WS_EINVAL when that has no boundary
 * which can be one; WS_ESTATE when the body cannot be read from its beginning; WS_ENOMEM
 *
 * Ownership:  the request's; valid as long as it.
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     RFC 7578, RFC 2046 §5.1
 */
WS_API ws_status ws_request_multipart(ws_request* request, ws_multipart** multipart);

/**
 * Go on to the next part. What was not read of the last one is skipped.
 *
 * Lines end with CRLF. A part names itself with `Content-Disposition: form-data; name=...`, and is
 * not encoded. What stands in front of the first boundary, and behind the last one, counts for
 * nothing. A body that breaks a rule, or ends before its last boundary, is refused where it does,
 * and all further calls return the same.
 *
 * @param multipart  the parts
 * @return WS_OK; WS_EUNKNOWN when there are no more: the body has ended well; WS_EINVAL; WS_ETOOBIG
 * by WS_LIMIT_PARTS, WS_LIMIT_PART_HEAD or WS_LIMIT_NAME; or as ws_request_read()
 *
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     RFC 7578 §4, RFC 2046 §5.1.1
 */
WS_API ws_status ws_multipart_next(ws_multipart* multipart);

/**
 * The name of the part: of the form's field.
 *
 * @param multipart  the parts
 * @return the name as it came, which may be empty; NULL in front of the first part, and behind the
 * last
 *
 * Ownership:  the request's; valid until ws_multipart_next().
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     RFC 7578 §4.2
 */
WS_API const char* ws_multipart_name(ws_multipart* multipart);

/**
 * The name that the file had where it came from, as it came: of no use for opening one. Browsers
 * write a quote in it as "%22", which is not undone. `filename*` counts for nothing (RFC 7578
 * §4.2).
 *
 * @param multipart  the parts
 * @return the name; empty where a form was sent without choosing a file; NULL for what is no file
 *
 * Ownership:  the request's; valid until ws_multipart_next().
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     RFC 7578 §4.2
 */
WS_API const char* ws_multipart_filename(ws_multipart* multipart);

/**
 * The last part of that name, as a file may be called: behind every slash and backslash; whole
 * characters of UTF-8, at most 200 bytes, the ending kept; "_" for controls, for what Windows or a
 * shell reads as something else, and for a dot, a dash or a blank at its ends. Never empty, "." or
 * "..". Two files may have the same, and one may be there already: open with O_EXCL.
 *
 * @param multipart  the parts
 * @return the name; NULL for what is no file, and without memory
 *
 * Ownership:  the request's; valid until ws_multipart_next().
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     RFC 7578 §4.2, RFC 6266 §4.3
 */
WS_API const char* ws_multipart_safe_name(ws_multipart* multipart);

/**
 * A field of the part's head, such as Content-Type, which is what the client says and proves
 * nothing. Without one a part is "text/plain" (RFC 7578 §4.4).
 *
 * @param multipart  the parts
 * @param name       of the field, in upper or lower case
 * @return the value of the first field of that name; NULL when there is none
 *
 * Ownership:  the request's; valid until ws_multipart_next().
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     RFC 7578 §4.8
 */
WS_API const char* ws_multipart_field(ws_multipart* multipart, const char* name);

/**
 * Read on in the part.
 *
 * @param multipart  the parts
 * @param buffer     gets the bytes
 * @param capacity   of it, in bytes
 * @return how many bytes there were; 0 at the end of the part; or a negative status, as
 * ws_multipart_next(), or WS_ESTATE when there is no part
 *
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API int64_t ws_multipart_read(ws_multipart* multipart, void* buffer, size_t capacity);

/**
 * The rest of the part as a text, for fields that are typed.
 *
 * @param multipart  the parts
 * @param text       gets it, with a NUL behind it
 * @return WS_OK; WS_ETOOBIG when all such texts together are more than WS_LIMIT_FORM; WS_EINVAL
 * when a NUL stands in it; or as ws_multipart_read()
 *
 * Ownership:  the request's; valid as long as it.
 * Threads:    one at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_multipart_text(ws_multipart* multipart, const char** text);

WS_END_DECLS

#endif
