/* What became of each request: told once, when it has ended, whatever has ended it. */
#ifndef WSERVE_OBSERVE_H
#define WSERVE_OBSERVE_H

#include <stdint.h>

#include <wserve/export.h>
#include <wserve/server.h>
#include <wserve/status.h>

WS_BEGIN_DECLS

/** One request that has ended. */
typedef struct ws_done ws_done;

/** Why a request has ended. Those of a limit are called after its option. */
typedef enum ws_cause WS_UNSIGNED_ENUM {
  WS_CAUSE_ANSWERED = 0,        /* the system has taken the whole answer */
  WS_CAUSE_REFUSED = 1,         /* by the server: it may not be served */
  WS_CAUSE_HEADER_TIMEOUT = 2,  /* the client was too slow with its head */
  WS_CAUSE_BODY_TIMEOUT = 3,    /* or with its body; body_min_rate too */
  WS_CAUSE_WRITE_TIMEOUT = 4,   /* the client did not read; write_min_rate too */
  WS_CAUSE_REQUEST_TIMEOUT = 5, /* the application was too slow */
  WS_CAUSE_QUEUE_TIMEOUT = 6,   /* no thread of the application came free */
  WS_CAUSE_QUEUE_FULL = 7,      /* queue_limit: too many waited already */
  WS_CAUSE_ADDRESS_LIMIT = 8,   /* connection_limit_per_address */
  WS_CAUSE_FAILED = 9,          /* the application failed, gave no answer, or not all of it */
  WS_CAUSE_CLIENT_GONE = 10,    /* the client left before it had its answer */
  WS_CAUSE_LOST = 11,           /* a part of the answer could not be kept, or read from its file */
  WS_CAUSE_STOPPED = 12,        /* the server stopped */
  WS_CAUSE_DETACHED = 13        /* the application took the connection: ws_request_detach() */
} ws_cause;

/** How far a request came. */
typedef enum ws_moment WS_UNSIGNED_ENUM {
  WS_AT_ACCEPT = 0,     /* its connection was there; for the second request on it too */
  WS_AT_BEGIN = 1,      /* its first byte was read */
  WS_AT_HEAD = 2,       /* its head was complete */
  WS_AT_WHOLE = 3,      /* its body too */
  WS_AT_TAKE = 4,       /* a thread of the application took it from the queue */
  WS_AT_FIRST_BYTE = 5, /* its answer began to be sent */
  WS_AT_LAST_BYTE = 6,  /* the system had taken the last byte of the answer */
  WS_AT_END = 7         /* it was over, by whatever cause */
} ws_moment;

/**
 * Is told of each request once, when it has ended: also of those that were refused before any
 * application saw them, and of those whose client left in the middle of the head.
 *
 * It is called on one thread of the library's, for one request at a time, in the order of their
 * ends, shortly after them: no request ever waits for it. When it is so slow that some thousand
 * wait, further ones are lost, and a line in the log counts them. It must not call functions of
 * this server.
 *
 * @param done       lent for the time of the call
 * @param done_data  what was given to ws_server_on_done()
 */
typedef void (*ws_done_fn)(const ws_done* done, void* done_data);

/**
 * Have a callback told of each request that has ended.
 *
 * @param server     the server; must not listen yet
 * @param done       the callback; NULL for none
 * @param done_data  is passed to it
 * @return WS_OK; WS_ESTATE when the server listens
 *
 * Ownership:  `done_data` stays the caller's and must live until the server was joined or freed.
 * Threads:    one thread at a time, before ws_server_listen().
 * Since:      1.0
 * Source:     MHD_OPTION_NOTIFY_COMPLETED (libmicrohttpd), Rack::Events
 */
WS_API ws_status ws_server_on_done(ws_server* server, ws_done_fn done, void* done_data);

/**
 * Open the file of the option access_log anew before its next line: it was renamed, and lines are
 * to go to a new one.
 *
 * @param server  the server; NULL does nothing
 *
 * Threads:    any; also in a signal handler.
 * Since:      1.0
 * Source:     USR1 of nginx
 */
WS_API void ws_server_reopen_logs(ws_server* server);

/**
 * The status of the answer.
 *
 * @param done  in the callback of ws_server_on_done()
 * @return 200 to 599; 0 when no answer began
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     RFC 9110 §15
 */
WS_API int ws_done_status(const ws_done* done);

/**
 * Why it has ended.
 *
 * @param done  in the callback of ws_server_on_done()
 * @return the first cause: that of what followed from it
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     own
 */
WS_API ws_cause ws_done_cause(const ws_done* done);

/**
 * The name of a cause, as logs have it: "answered", "client_gone".
 *
 * @param cause  one of them
 * @return its name; "unknown" for a number that is none
 *
 * Ownership:  static.
 * Threads:    any.
 * Since:      1.0
 * Source:     own
 */
WS_API const char* ws_cause_name(ws_cause cause);

/**
 * When it came so far.
 *
 * @param done    in the callback of ws_server_on_done()
 * @param moment  which step
 * @return microseconds since 1970; the differences between moments of one request are exact even if
 * somebody sets the clock. -1 when it did not come so far
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     own
 */
WS_API int64_t ws_done_time(const ws_done* done, ws_moment moment);

/**
 * Bytes of the request that were read until its end, its head and framing too.
 *
 * @param done  in the callback of ws_server_on_done()
 * @return how many
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     %I of Apache's mod_logio
 */
WS_API uint64_t ws_done_bytes_in(const ws_done* done);

/**
 * Bytes of the answer that the system took, heads and framing too.
 *
 * @param done  in the callback of ws_server_on_done()
 * @return how many
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     %O of Apache's mod_logio
 */
WS_API uint64_t ws_done_bytes_out(const ws_done* done);

/**
 * The same without heads.
 *
 * @param done  in the callback of ws_server_on_done()
 * @return how many
 *
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     $body_bytes_sent of nginx
 */
WS_API uint64_t ws_done_body_bytes_out(const ws_done* done);

/**
 * What is known of the request, by the names of the environ: REQUEST_METHOD, REQUEST_URI,
 * SERVER_PROTOCOL, REMOTE_ADDR (the client's, as far as proxies are believed), REMOTE_PORT,
 * SERVER_PORT, REMOTE_USER, ws.peer_addr (who connected), ws.request_id, and its fields as they
 * came: HTTP_USER_AGENT, CONTENT_TYPE. Of a field that came several times the first; of a head the
 * first 16 KiB.
 *
 * @param done  in the callback of ws_server_on_done()
 * @param key   the name
 * @return the value; NULL when there is none, as of a request that was refused before its head was
 * understood
 *
 * Ownership:  the request's; valid for the time of the callback.
 * Threads:    the callback's.
 * Since:      1.0
 * Source:     RFC 3875
 */
WS_API const char* ws_done_get(const ws_done* done, const char* key);

WS_END_DECLS

#endif
