/* The pull side: requests for threads that the host program owns. */
#ifndef WSERVE_WORKER_H
#define WSERVE_WORKER_H

#include <wserve/export.h>
#include <wserve/server.h>

WS_BEGIN_DECLS

/**
 * A place in the queue of requests, for one thread or for several that use it in turn.
 *
 * Several threads may share a worker as long as they call ws_worker_next() one at a time, with a
 * timeout of 0, and one of them polls the descriptor of ws_worker_fd() meanwhile. Whatever the
 * others take, the one that polls misses nothing: the descriptor is readable until a call has
 * returned WS_TIMEOUT, and again when a request, a wake or the end comes after it.
 */
typedef struct ws_worker ws_worker;

/**
 * Make a worker of a server that has no application. Language runtimes use workers: nothing of
 * theirs is ever called on a thread they do not know.
 *
 * @param server  a server without ws_server_set_app(), running or not
 * @return the worker; NULL with ws_last_error() when the server has an application, or memory or a
 *         descriptor is not to be had
 *
 * Ownership:  the caller's, until ws_worker_free(). It keeps the server alive.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_worker* ws_worker_new(ws_server* server);

/**
 * Wait for a request and take it.
 *
 * With threads=0 and ws_server_start(), this call turns the event loop on the calling thread, which
 * is the same from call to call, unless it ends and another one takes its place; it then returns
 * WS_INTERRUPTED at least four times a second.
 *
 * @param worker      the calling thread's worker
 * @param timeout_ms  how long to wait; negative: until something happens; 0: not at all, see
 *                    ws_worker_fd()
 * @param request     gets the request with WS_OK, else NULL
 * @return WS_OK; WS_TIMEOUT; WS_INTERRUPTED after ws_worker_wake() or a signal; WS_CLOSED when the
 * server has stopped and no request is left; WS_ESTATE when another call turns the event loop, or
 * in a child of the process that runs the server; a failure
 *
 * Ownership:  the request is the caller's, until ws_request_release().
 * Threads:    one at a time for each worker; several may take turns, see <wserve/binding.h>.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_status ws_worker_next(ws_worker* worker, int timeout_ms, ws_request** request);

/**
 * End the current, or else the next, ws_worker_next() of a worker with WS_INTERRUPTED. In a child
 * of the process that runs the server it does nothing.
 *
 * @param worker  a worker
 *
 * Threads:    any; also in a signal handler (async-signal-safe).
 * Since:      1.0
 * Source:     own
 */
WS_API void ws_worker_wake(ws_worker* worker);

/**
 * Descriptor that is readable when ws_worker_next() is worth calling: a request waits, or a wake,
 * or the end. For event loops of the host program.
 *
 * It works from the first call of this function on, before the server starts as well. It stays
 * readable until ws_worker_next() with a timeout of 0 returns WS_TIMEOUT, and now and then it is
 * readable for nothing, which such a call shows. A worker whose descriptor was asked for counts as
 * free whenever it is not readable: do not ask and then leave it unwatched while others work.
 *
 * @param worker  a worker
 * @return the descriptor; -1 when the worker turns the event loop itself, and before the server
 *         starts when the option threads is 0
 *
 * Ownership:  the worker's; do not read from it and do not close it.
 * Threads:    any; before ws_server_listen() one at a time, as ws_server_set().
 * Since:      1.0
 * Source:     own
 */
WS_API int ws_worker_fd(ws_worker* worker);

/**
 * Give up a worker. It never blocks, so a garbage collector may call it.
 *
 * @param worker  a worker, or NULL
 *
 * Ownership:  the handle is gone.
 * Threads:    any; the last use of the handle.
 * Since:      1.0
 * Source:     own
 */
WS_API void ws_worker_free(ws_worker* worker);

WS_END_DECLS

#endif
