/* Applications and filters in shared objects, as ws_server_load() and the wserve command load them.
 * Nothing here is a function of the library: these are the forms of functions that a plugin exports
 * under names of its own.
 *
 * `wserve path/to/app.so:NAME`, or `use = egg:app#NAME` in an ini file, calls the exported function
 * NAME (a ws_app_fn, or, in a [filter:] section, a ws_filter_fn; without a name it is wserve_app).
 * When the object also exports NAME_open (a ws_app_open_fn), that is called once,
 * before the server listens, with the settings that the command line or the ini file has for it;
 * what it returns becomes NAME's app_data. NAME_close (a ws_app_close_fn), if there is
 * one, is called in the end. */
#ifndef WSERVE_PLUGIN_H
#define WSERVE_PLUGIN_H

#include <stddef.h>

#include <wserve/request.h>
#include <wserve/server.h>

WS_BEGIN_DECLS

/** Export a function of a plugin. */
#define WS_PLUGIN __attribute__((visibility("default")))

/**
 * Prepare an application.
 *
 * @param settings  of this application: name, value, name, value, ..., NULL; valid for the time of
 * the call
 * @param defaults  of all applications, in the same form (the [DEFAULT] section of an ini file,
 * with "here", its folder)
 * @param app_data  gets what the application shall be called with
 * @param problem   gets one line on what is wrong, when it fails
 * @param capacity  of `problem`, in bytes
 * @return WS_OK; any failure, with a problem, keeps the server from starting
 *
 * Since:   1.0
 * Source:  paste.app_factory (PasteDeploy)
 */
typedef ws_status (*ws_app_open_fn)(const char* const* settings, const char* const* defaults,
                                    void** app_data, char* problem, size_t capacity);

/**
 * Give back what the application was opened with; no request is being answered any more.
 *
 * @param app_data  what ws_app_open_fn has made
 *
 * Since:   1.0
 * Source:  own
 */
typedef void (*ws_app_close_fn)(void* app_data);

WS_END_DECLS

#endif
