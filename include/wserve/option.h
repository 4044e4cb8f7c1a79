/* The options of a server, described: what --help, manuals and bindings are made from. */
#ifndef WSERVE_OPTION_H
#define WSERVE_OPTION_H

#include <stddef.h>

#include <wserve/export.h>

WS_BEGIN_DECLS

/**
 * How many options there are.
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API size_t ws_option_count(void);

/**
 * Name of an option, such as "trusted_proxy".
 *
 * @param index  0 to ws_option_count() - 1; the order is that of a manual
 * @return the name; NULL for an index that is too large
 *
 * Ownership:  static text, here and in all functions below.
 * Threads:    any, here and in all functions below.
 * Since:      1.0
 * Source:     waitress adjustments
 */
WS_API const char* ws_option_name(size_t index);

/**
 * Type of an option: "bool", "int", "size", "seconds" (decimals allowed), "mode" (octal), "choice",
 * "text" or "list" (words between blanks).
 *
 * @param index  as for ws_option_name()
 * @return the type; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_option_type(size_t index);

/**
 * Unit of an option's number: "bytes", "seconds", "threads", ...; empty for none.
 *
 * @param index  as for ws_option_name()
 * @return the unit; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_option_unit(size_t index);

/**
 * Value of an option that is not set, in its text form.
 *
 * @param index  as for ws_option_name()
 * @return the text, perhaps empty; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     waitress adjustments
 */
WS_API const char* ws_option_default(size_t index);

/**
 * Values that an option may have: "0..1024" or "1..256 or auto" for numbers, "http|https" for
 * words; empty when its help says it.
 *
 * @param index  as for ws_option_name()
 * @return the range; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_option_range(size_t index);

/**
 * What an option does, in one or two sentences.
 *
 * @param index  as for ws_option_name()
 * @return the help text; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_option_help(size_t index);

/**
 * First release that has an option, such as "1.0".
 *
 * @param index  as for ws_option_name()
 * @return the release; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_option_since(size_t index);

/**
 * Whether an option may change while the server listens and runs, by ws_server_set() or
 * ws_server_reconfigure(). Others are what they were at ws_server_listen().
 *
 * @param index  as for ws_option_name()
 * @return 1 when it may, else 0; 0 for an index that is too large
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_option_is_live(size_t index);

/**
 * A value of an option that somebody may want, for manuals and help texts.
 *
 * @param index  as for ws_option_name()
 * @return a text that ws_server_set() takes; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_option_example(size_t index);

/**
 * Options that one reads about next.
 *
 * @param index  as for ws_option_name()
 * @return their names between blanks; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_option_see_also(size_t index);

WS_END_DECLS

#endif
