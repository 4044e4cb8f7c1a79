/* A server inside of a program that has an event loop, or sockets, of its own. */
#ifndef WSERVE_EMBED_H
#define WSERVE_EMBED_H

#include <wserve/export.h>
#include <wserve/server.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/**
 * Serve in turns, inside of an event loop that the program has already: do what is ready, and
 * return. The first call starts the server, as ws_server_run() does, but with one event loop, whose
 * thread is the caller's. From then on call it with a timeout of 0 whenever ws_server_fd() is
 * readable; no time limit needs another call. Or give it a timeout, and let it wait.
 *
 * With threads=0 the callbacks run inside of this call, on the same thread: a program of one thread
 * stays one. With other numbers the library's threads run them. A server whose requests are pulled
 * is turned in this way, too, and its workers have descriptors of their own (ws_worker_fd()).
 *
 * Turn it until WS_CLOSED when it is to stop: ws_server_stop() makes the descriptor readable. Or
 * call ws_server_join() on the thread that turned it last, which turns it to its end.
 * ws_server_free() ends what was not turned to its end at once, and waits up to a second for
 * threads that run the application.
 *
 * @param server      a server that was not started otherwise
 * @param timeout_ms  how long to wait for something to do, in milliseconds; 0: not at all;
 * negative: until there is something. A signal does not end the wait, unless its handler stops the
 * server
 * @return WS_OK: the server runs on; WS_CLOSED: it has stopped; WS_ESTATE when it was started or
 * run by other means, by another process, or is being turned at this moment, by another thread or
 * by the caller itself, in a callback; WS_EINVAL when the option loops is above 1; of the first
 * call also what ws_server_run() returns, and WS_ESYSTEM without /proc
 *
 * Threads:    any, one at a time.
 * Since:      1.0
 * Source:     own; MHD_run (libmicrohttpd), curl_multi_perform (libcurl)
 */
WS_API ws_status ws_server_turn(ws_server* server, int timeout_ms);

/**
 * The descriptor to wait on for ws_server_turn(): readable when that has something to do, be it a
 * client, an answer of another thread, a time limit or the order to stop. poll(2), epoll(7)
 * (level-triggered), libuv, GLib and the like can wait on it, and for nothing but reading. It stays
 * readable until the call has seen to it; when the server has stopped it never is.
 *
 * @param server  a server that ws_server_turn() has started
 * @return the descriptor; -1 with ws_last_error() before that, for a server that runs otherwise,
 * and in a child of the process
 *
 * Ownership:  the server's; valid until ws_server_free(). Do not read it, do not close it.
 * Threads:    any.
 * Since:      1.0
 * Source:     own; MHD_DAEMON_INFO_EPOLL_FD (libmicrohttpd)
 */
WS_API int ws_server_fd(ws_server* server);

/**
 * Serve a connection that was accepted elsewhere: by inetd or another event loop, or one end of a
 * socketpair(2) whose other end a TLS library or a test has. Its requests are like all others, but
 * for ws.listener, which is "-".
 *
 * The socket is made non-blocking and close-on-exec. It counts for connection_limit, and
 * connection_limit_per_address turns it away with 503. Several event loops get connections in turn.
 *
 * @param server  a server that runs
 * @param fd      a connected stream socket
 * @param peer    who connected: "192.0.2.1:4711", "[2001:db8::1]:4711", the same without a port, or
 * "unix:" for REMOTE_ADDR localhost; NULL asks the socket
 * @return WS_OK; WS_TIMEOUT when connection_limit is reached: try again when one has closed;
 * WS_CLOSED when the server stops or has stopped; WS_ESTATE before it runs, and in a child of the
 * process that runs it; WS_EINVAL for another kind of descriptor or peer; WS_ENOMEM; WS_ESYSTEM
 *
 * Ownership:  `fd` is the server's with WS_OK, and only then; `peer` is copied.
 * Threads:    any.
 * Since:      1.0
 * Source:     inetd(8) nowait, http.Serve with a net.Listener of one's own (Go)
 */
WS_API ws_status ws_server_add_connection(ws_server* server, int fd, const char* peer);

WS_END_DECLS

#endif
