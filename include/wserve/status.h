/* Results, the last error, and versions. */
#ifndef WSERVE_STATUS_H
#define WSERVE_STATUS_H

#include <wserve/export.h>

WS_BEGIN_DECLS

/** The version of these headers; ws_version() tells the library's. */
#define WS_VERSION_TEXT "1.0.0"

/** What became of a call. 0 is good, a negative value is a failure, a positive one is neither.
 * Values are never reused; new ones may come at the ends. */
typedef enum ws_status WS_INT_ENUM {
  WS_OK = 0,
  WS_TIMEOUT = 1,     /**< the time is up and nothing has happened */
  WS_INTERRUPTED = 2, /**< a wake-up or a signal has ended the wait */
  WS_CLOSED = 3,      /**< the server has stopped; nothing more will come */

  WS_EINVAL = -1,        /**< a value that is not allowed */
  WS_ENOMEM = -2,        /**< no memory */
  WS_ESTATE = -3,        /**< not now: too early, too late, or twice */
  WS_EUNKNOWN = -4,      /**< no such name or index */
  WS_EDISCONNECTED = -5, /**< the client has left */
  WS_ECONFLICT = -6,     /**< options that exclude each other */
  WS_ESYSTEM = -7,       /**< the operating system refuses: address in use, disk full, ... */
  WS_EAPP = -8,          /**< for applications: "I have failed" */
  WS_EINTERNAL = -9,     /**< a bug of ours */
  WS_ETOOBIG = -10       /**< more than a limit, or than there is room for */
} ws_status;

/**
 * Name of a status, such as "WS_EINVAL".
 *
 * @param status  any value
 * @return the name; "unknown status" for a value that has none
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_status_name(ws_status status);

/**
 * Why the last call of this thread failed, for people: one line, with the value and what is
 * allowed. Control bytes in it are written out, such as `\n` and `\x1b`, and so is what is not
 * UTF-8; what is longer than 4089 bytes loses its end, and has " [...]" there.
 *
 * Only meaningful right after a call that has returned a negative status, or NULL.
 *
 * @return the text; never NULL, perhaps empty
 *
 * Ownership:  the thread's; valid until its next call that fails.
 * Threads:    any; each has its own.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_last_error(void);

/**
 * Version of the library that runs, such as "1.0.0".
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_version(void);

/**
 * Number of the binary interface, the one in libwserve.so.1. It is raised only when a program built
 * against an older library could break; a binding compares it when it is loaded.
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_abi_version(void);

/**
 * Whether the library that runs was built with an optional part: "compress", the filter, which
 * needs one of "gzip" (zlib) and "brotli", the codings that it can do. What the library always has
 * is no optional part, and a name that means nothing to it is none that it has: "tls", for one.
 *
 * @param name  the name of the part
 * @return 1 or 0
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     own; curl_version_info()
 */
WS_API int ws_has_feature(const char* name);

WS_END_DECLS

#endif
