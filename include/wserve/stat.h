/* The numbers that a server can be asked for, described: what metrics and their manual are made
 * from. */
#ifndef WSERVE_STAT_H
#define WSERVE_STAT_H

#include <stddef.h>

#include <wserve/export.h>

WS_BEGIN_DECLS

/**
 * How many numbers ws_server_stat() knows.
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API size_t ws_stat_count(void);

/**
 * Name of a number, such as "connections", for ws_server_stat().
 *
 * @param index  0 to ws_stat_count() - 1
 * @return the name; NULL for an index that is too large
 *
 * Ownership:  static text, here and in all functions below.
 * Threads:    any, here and in all functions below.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_stat_name(size_t index);

/**
 * Name of the metric that the number is, or is one of: "wserve_timeouts_total".
 *
 * @param index  as for ws_stat_name()
 * @return the name; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     Prometheus text format
 */
WS_API const char* ws_stat_metric(size_t index);

/**
 * What tells the numbers of one metric apart: `kind="head"`; empty where there is only one.
 *
 * @param index  as for ws_stat_name()
 * @return the labels; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     Prometheus text format
 */
WS_API const char* ws_stat_labels(size_t index);

/**
 * "counter", which never falls while the server lives, or "gauge".
 *
 * @param index  as for ws_stat_name()
 * @return the type; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     Prometheus text format
 */
WS_API const char* ws_stat_type(size_t index);

/**
 * Unit of a number: "bytes", "milliseconds", ...; empty where things are counted.
 *
 * @param index  as for ws_stat_name()
 * @return the unit; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_stat_unit(size_t index);

/**
 * What a number says, in one or two sentences.
 *
 * @param index  as for ws_stat_name()
 * @return the help text; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_stat_help(size_t index);

/**
 * First release that has a number, such as "1.0".
 *
 * @param index  as for ws_stat_name()
 * @return the release; NULL for an index that is too large
 *
 * Ownership:  static text.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_stat_since(size_t index);

WS_END_DECLS

#endif
