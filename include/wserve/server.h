/* The server: set it up, let it run, stop it. */
#ifndef WSERVE_SERVER_H
#define WSERVE_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include <wserve/export.h>
#include <wserve/request.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/** A server. Several may live in one process. */
typedef struct ws_server ws_server;

/** What a filter passes a request on to. */
typedef struct ws_next ws_next;

/**
 * The application: called once for each request, on a thread of the library's (or, with threads=0,
 * on the one that runs the server).
 *
 * It answers with ws_request_reply(), or with ws_request_start() and so on; or it keeps the request
 * with ws_request_defer(). Any status but WS_OK, and a C++ exception, makes the answer a 500; after
 * the head was sent the connection is cut instead, so that the client sees it. So does the end of
 * its thread (pthread_exit), after which another thread takes the place; but with threads=0 it is
 * the event loop's, and the process ends.
 *
 * @param request   lent for the time of the call, unless deferred
 * @param app_data  what was given to ws_server_set_app()
 */
typedef ws_status (*ws_app_fn)(ws_request* request, void* app_data);

/**
 * A filter: sees each request before the application. It may change the environ with
 * ws_request_set(), pass the request on with ws_next_call() and return its result, or answer by
 * itself.
 *
 * @param request      lent for the time of the call
 * @param next         what comes behind this filter; valid for the time of the call
 * @param filter_data  what was given to ws_server_use()
 */
typedef ws_status (*ws_filter_fn)(ws_request* request, ws_next* next, void* filter_data);

/** How severe a line of the log is. */
typedef enum ws_severity {
  WS_LOG_DEBUG = 0,
  WS_LOG_INFO = 1,
  WS_LOG_WARNING = 2,
  WS_LOG_ERROR = 3
} ws_severity;

/**
 * Receives log lines. It may be called on any thread of the library, one call at a time; it must
 * not call functions of this server, and must not block for long.
 *
 * @param severity  how severe it is; lines below the option log_level do not come
 * @param line      UTF-8 without a line end or control bytes but HTAB; valid for the time of the
 * call. A text of several lines comes in as many calls, indented from the second on
 * @param log_data  what was given to ws_server_set_log()
 */
typedef void (*ws_log_fn)(ws_severity severity, const char* line, void* log_data);

/**
 * Make a server with every option at its default.
 *
 * It opens nothing and starts nothing, so a process may fork between this and ws_server_run().
 *
 * @return the server; NULL when there is no memory
 *
 * Ownership:  the caller's, until ws_server_free().
 * Threads:    any.
 * Since:      1.0
 * Source:     waitress.create_server
 */
WS_API ws_server* ws_server_new(void);

/**
 * Set one option from its text form.
 *
 * Once the server listens, those may still change of which ws_option_is_live() says so. A new limit
 * counts for what begins afterwards, and within a second for what waits already (idle connections
 * are looked for every cleanup_interval); a request is read
 * by the rules for proxies that are there when its head is complete. A list of proxies that is
 * replaced stays in memory until ws_server_free().
 *
 * @param server  the server to change
 * @param name    an option name, see ws_option_name(); `-` and `_` are the same
 * @param value   its text; NULL takes the option back to its default
 * @return WS_OK; WS_EUNKNOWN for a name that is no option; WS_EINVAL for a value it cannot have
 * (the message names option, value and what is allowed); WS_ECONFLICT, once it listens, for one
 * that contradicts another; WS_ESTATE when the server listens and the option is not live, and when
 * it has stopped
 *
 * Ownership:  both texts are copied.
 * Threads:    one thread at a time before ws_server_listen(), any afterwards; not in a signal
 * handler. While the server is being started by another thread it is WS_ESTATE.
 * Since:      1.0
 * Source:     waitress adjustments
 */
WS_API ws_status ws_server_set(ws_server* server, const char* name, const char* value);

/**
 * Take over the live options of another server, all of them or none: see ws_option_is_live(). A
 * program that reads its configuration anew does it with these three steps: ws_server_new(),
 * ws_server_load_options() or ws_server_set(), and this. Other options that differ are named in a
 * warning in the log. With the option systemd_notify the service manager is told RELOADING and
 * READY.
 *
 * @param server  the server to change; must listen or run
 * @param wanted  another one, which does not listen and stays as it is
 * @return WS_OK; WS_ECONFLICT for options that contradict each other, all named in one message;
 * WS_ESTATE when `server` does not listen or has stopped, in a child of its process, or when
 * `wanted` listens
 *
 * Threads:    any; not in a signal handler. Nobody may change `wanted` meanwhile.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_reconfigure(ws_server* server, const ws_server* wanted);

/**
 * Text of an option: what was set, or the default.
 *
 * @param server  any server
 * @param name    as for ws_server_set()
 * @return the text; NULL for a name that is no option
 *
 * Ownership:  the server's; valid until the option is set again or the server is freed.
 * Threads:    one thread at a time before ws_server_listen(), any thread after it.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_server_get(ws_server* server, const char* name);

/**
 * Let a callback answer the requests. A server without one hands them to workers, see
 * ws_worker_new().
 *
 * @param server    the server; must not listen yet
 * @param app       the application
 * @param app_data  is passed to it
 * @return WS_OK; WS_EINVAL when `app` is NULL; WS_ESTATE when the server listens or has a worker
 *
 * Ownership:  `app_data` stays the caller's and must live until the server has stopped.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     waitress.serve
 */
WS_API ws_status ws_server_set_app(ws_server* server, ws_app_fn app, void* app_data);

/**
 * Put a filter in front of the application, behind the filters that are there already.
 *
 * For servers whose requests are pulled, filters run on the worker's thread, in ws_worker_next();
 * there ws_next_call() returns at once, and what the filter does behind it happens before the
 * application's work.
 *
 * @param server       the server; must not listen yet
 * @param filter       the filter
 * @param filter_data  is passed to it
 * @return WS_OK; WS_EINVAL when `filter` is NULL; WS_ESTATE when the server listens
 *
 * Ownership:  `filter_data` stays the caller's and must live until the server has stopped.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     WSGI middleware (PEP 3333)
 */
WS_API ws_status ws_server_use(ws_server* server, ws_filter_fn filter, void* filter_data);

/**
 * Pass a request on to the next filter, or to the application.
 *
 * @param next     what the filter was given
 * @param request  what the filter was given
 * @return what the next one returned
 *
 * Threads:    the one that called the filter, during its call.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_next_call(ws_next* next, ws_request* request);

/**
 * Send the log to a callback. Without one it goes to standard error.
 *
 * @param server    the server; must not listen yet
 * @param log       the receiver; NULL for standard error
 * @param log_data  is passed to it
 * @return WS_OK; WS_ESTATE when the server listens
 *
 * Ownership:  `log_data` stays the caller's and must live until ws_server_free() has returned.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_set_log(ws_server* server, ws_log_fn log, void* log_data);

/**
 * Check the options together and bind the addresses. ws_server_run() and ws_server_start() do it
 * when it was not done; done before, it tells the ports, and lets a program give up privileges in
 * between.
 *
 * @param server  the server
 * @return WS_OK; WS_ECONFLICT for options that exclude each other, all named in one message;
 * WS_EINVAL or WS_ESYSTEM for an address that cannot be listened on; WS_ESTATE when it listens
 * already
 *
 * Threads:    one thread at a time.
 * Since:      1.0
 * Source:     waitress.create_server
 */
WS_API ws_status ws_server_listen(ws_server* server);

/**
 * TCP port of a listener: for `port 0` the one that was taken.
 *
 * @param server  a server that listens
 * @param index   0 for the first listener
 * @return the port; 0 for a Unix socket; -1 when there is no such listener
 *
 * Threads:    any, after ws_server_listen().
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_server_port(ws_server* server, size_t index);

/**
 * Address of a listener: "127.0.0.1:8080", "[::1]:8080", "unix:/run/app.sock".
 *
 * @param server  a server that listens
 * @param index   0 for the first listener
 * @return the address; NULL when there is no such listener
 *
 * Ownership:  the server's; valid until ws_server_free().
 * Threads:    any, after ws_server_listen().
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_server_address(ws_server* server, size_t index);

/**
 * Serve on this thread until the server is stopped.
 *
 * @param server  a server that has not run yet
 * @return WS_OK once it has stopped; what ws_server_listen() returns; WS_ESYSTEM when threads or
 *         descriptors are not to be had; WS_ESTATE when it has run before
 *
 * Threads:    one. Stop it from another, or from a signal handler.
 * Since:      1.0
 * Source:     waitress.serve
 */
WS_API ws_status ws_server_run(ws_server* server);

/**
 * Serve on threads of the library's and return at once. They have all signals blocked.
 *
 * With threads=0 and a worker that pulls there is no such thread: ws_worker_next() turns the event
 * loop, of which there can then be only one.
 *
 * @param server  a server that has not run yet
 * @return as ws_server_run(); WS_EINVAL when a worker would have to turn more than one loop
 *
 * Threads:    one thread at a time.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_start(ws_server* server);

/**
 * Wait until a started server has stopped and its threads have ended. On the thread that has called
 * ws_server_turn() last it turns the server until then; on another it waits until that one has
 * turned it to its end. Then none of them exists any more, for the kernel either: unshare(2) and
 * setns(2) work in a program without threads of its own. But a thread that still runs the
 * application, or destructors of its thread-local objects, when the time for it is up (1 to 5
 * seconds) is let go, and named in the log by a warning.
 *
 * @param server  a server
 * @return WS_OK; WS_ESTATE when it was never started, or by another process: in a child of fork(2),
 *         which has none of its threads; WS_ESTATE on a thread that the server waits for: one of
 * its own, as application, filters and log receiver see them, or the one that turns its loop
 *
 * Threads:    any; several may wait.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_server_join(ws_server* server);

/**
 * Address of a listener of the option metrics_listen, as ws_server_address() gives the others.
 *
 * @param server  a server that listens
 * @param index   0 for the first
 * @return the address; NULL when there is no listener of that number
 *
 * Ownership:  valid as long as the server.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_server_metrics_address(ws_server* server, size_t index);

/**
 * Ask the server to stop, and return at once. It takes the connections that have come already, also
 * above connection_limit, and closes its sockets; it answers what clients have sent, with
 * `Connection: close`; it closes connections on which nothing has come for half a second; and it
 * cuts what is left after the option stop_timeout.
 *
 * @param server  a server; nothing happens when it has stopped
 *
 * Threads:    any; also in a signal handler (async-signal-safe).
 * Since:      1.0
 * Source:     own
 */
WS_API void ws_server_stop(ws_server* server);

/**
 * As ws_server_stop(), with a time limit of its own. A later call may shorten the time that is
 * left, to 0 for an end at once, but never lengthen it.
 *
 * @param server       a server; nothing happens when it has stopped
 * @param deadline_ms  milliseconds until open connections are cut; negative counts as 0
 *
 * Threads:    any; also in a signal handler (async-signal-safe).
 * Since:      1.0
 * Source:     own
 */
WS_API void ws_server_drain(ws_server* server, int deadline_ms);

/**
 * One number about the server: "connections" (open now), "requests" (taken so far), "waiting"
 * (requests that no thread has taken yet), and many more: see ws_stat_name().
 *
 * @param server  a server
 * @param name    the name of a number
 * @return the number; -1 for a name that is none
 *
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API int64_t ws_server_stat(ws_server* server, const char* name);

/**
 * Give up the handle. A server that still runs is stopped at once, but not waited for: call
 * ws_server_join() first when callbacks use memory that you are about to free.
 *
 * Workers and requests stay valid, and answer "closed" or "disconnected".
 *
 * @param server  a server, or NULL
 *
 * Ownership:  the handle is gone.
 * Threads:    any; the last use of the handle.
 * Since:      1.0
 * Source:     own
 */
WS_API void ws_server_free(ws_server* server);

WS_END_DECLS

#endif
