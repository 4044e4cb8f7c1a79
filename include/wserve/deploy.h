/* Servers out of names and files: the filters and applications that come with the library, plugins,
 * and ini files in the dialect of PasteDeploy. */
#ifndef WSERVE_DEPLOY_H
#define WSERVE_DEPLOY_H

#include <stddef.h>

#include <wserve/export.h>
#include <wserve/server.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/**
 * Put a filter that comes with the library in front of the application, behind the filters that are
 * there already.
 *
 * There is one, "prefix": it mounts the application below a path and tells it where the world sees
 * it. Its settings are `prefix`, `scheme` (http or https), `force_port` (a port; empty for the
 * scheme's own), `translate_forwarded_server` (true) and `append` (false): see
 * docs/reverse-proxy.md.
 *
 * @param server    the server; must not listen yet
 * @param name      "prefix"
 * @param settings  `name=value name='with blanks' ...`; NULL for none
 * @return WS_OK; WS_EUNKNOWN for a filter or setting that there is not; WS_EINVAL for a value it
 * cannot have; WS_ESTATE when the server listens
 *
 * Ownership:  the texts are copied.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     PrefixMiddleware (PasteDeploy)
 */
WS_API ws_status ws_server_use_named(ws_server* server, const char* name, const char* settings);

/**
 * Let the server serve what a name says.
 *
 * `FILE.ini`, `FILE.ini#NAME` or `config:FILE#NAME` is an ini file: [server:main] gives options,
 * [app:NAME], [pipeline:NAME], [composite:NAME] or [filter-app:NAME] (NAME is main if none is
 * given) the application with its filters. Options that ws_server_set() has set or sets later
 * overrule the file's.
 *
 * Everything else is an application: `hello`, `echo`, `environ` or `files`, which come with the
 * library; NAME for NAME.so or libNAME.so in a folder of the option app_path or of
 * $WSERVE_APP_PATH; `egg:NAME#SYMBOL` for a function in it; `PATH/TO/LIB.so:SYMBOL`. See
 * <wserve/plugin.h> for what such a shared object has.
 *
 * @param server    the server; must not listen yet
 * @param name      what to serve
 * @param settings  of the application; for an ini file, values beyond those of its [DEFAULT]:
 *                  `name=value name='with blanks' ...`; NULL for none
 * @return WS_OK; WS_EUNKNOWN for a section, file or function that there is not; WS_EINVAL for a
 * text that cannot be understood; WS_ESYSTEM for a file that cannot be read; what the plugin
 * returned; WS_ESTATE when the server listens or has a worker. The server is of no use then but to
 * be freed.
 *
 * Ownership:  the texts are copied. Shared objects stay loaded; the application is closed when the
 * last thread and request of the server have ended.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     paste.deploy.loadapp, loadserver
 */
WS_API ws_status ws_server_load(ws_server* server, const char* name, const char* settings);

/**
 * Take the options and the filters of an ini file, for an application that the program brings
 * itself, by ws_server_set_app() or by workers. The application that the file names is not looked
 * for.
 *
 * @param server    the server; must not listen yet
 * @param name      `FILE.ini`, `FILE.ini#NAME` or `config:FILE#NAME`
 * @param settings  values beyond those of [DEFAULT], as for ws_server_load(); NULL for none
 * @return as ws_server_load(); WS_EINVAL for a composite, which has no one application
 *
 * Ownership:  the texts are copied.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     paste.deploy.loadserver, loadfilter
 */
WS_API ws_status ws_server_load_settings(ws_server* server, const char* name, const char* settings);

/**
 * Take the options of an ini file, [server:main], and nothing else of it.
 *
 * @param server    the server; must not listen yet
 * @param name      `FILE.ini`, `FILE.ini#NAME` or `config:FILE#NAME`
 * @param settings  values beyond those of [DEFAULT], as for ws_server_load(); NULL for none
 * @return as ws_server_load()
 *
 * Ownership:  the texts are copied.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     paste.deploy.loadserver
 */
WS_API ws_status ws_server_load_options(ws_server* server, const char* name, const char* settings);

/**
 * Check the options together, and what they need of the system, without listening or making a file:
 * whether access_log may be written, temporary_directory exists and may be written, and an address
 * of metrics_listen can be had. One that is in use is a warning in the log: its server may be the
 * one that is to be restarted.
 *
 * @param server  any server
 * @return WS_OK; WS_ECONFLICT for options that exclude each other, all named in one message;
 * WS_EINVAL for an address that means nothing, or a descriptor that is there to be read from;
 * WS_ESYSTEM for what the system refuses, with the option's name
 *
 * Threads:    one thread at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_check(ws_server* server);

/**
 * Explain what the server would believe of a request's proxy headers: hop by hop what is trusted
 * and what is dropped, and what the application would be told in the end.
 *
 * @param server    a server with its options set; it need not run
 * @param peer      who would connect: `ADDRESS`, `ADDRESS:PORT`, `[IPV6]:PORT` or `unix:`
 * @param fields    the request's header fields, one `Name: value` a line
 * @param buffer    gets the text, NUL-terminated and cut off where it ends; may be NULL when
 *                  `capacity` is 0
 * @param capacity  of `buffer`, in bytes
 * @return how many bytes the whole text has, without its NUL; 0 with ws_last_error() for a peer
 * that is none, or for fields that make no request
 *
 * Ownership:  the texts are copied.
 * Threads:    one thread at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API size_t ws_server_explain_proxy(ws_server* server, const char* peer, const char* fields,
                                      char* buffer, size_t capacity);

/**
 * Explain what the server may use: processors, memory and descriptors as the affinity mask, the
 * control groups and the limits of the process say, and what its options make of it.
 *
 * @param server    a server with its options set; it need not run
 * @param buffer    as for ws_server_explain_proxy()
 * @param capacity  of `buffer`, in bytes
 * @return how many bytes the whole text has, without its NUL; 0 with ws_last_error() on failure
 *
 * Threads:    one thread at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API size_t ws_server_explain_sizing(ws_server* server, char* buffer, size_t capacity);

WS_END_DECLS

#endif
