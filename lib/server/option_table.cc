// The options in the order in which an operator reads about them.
#include "server/option_table.h"

#include <algorithm>

#include "server/option_assign.h"

namespace wserve::server {

using base::ByteView;

namespace {

using S = Settings;

// It may change while the server runs: see Server::apply().
constexpr Option live(Option option) noexcept {
  option.is_live = true;
  return option;
}

constexpr Option kOptions[] = {
    // Where to listen
    {"listen", "list", "", "0.0.0.0:8080", "",
     "Where to listen: HOST:PORT, [IPV6]:PORT, *:PORT, unix:PATH?mode=0660&owner=USER&group=GROUP, "
     "unix:@NAME, fd:NUMBER, systemd or systemd:NAME; several between blanks; behind each "
     "?proxy=on for the "
     "PROXY protocol. Or none, for connections of ws_server_add_connection() alone. Not with host, "
     "port, unix_socket or sockets.",
     "1.0", assign_listen},
    {"host", "text", "", "0.0.0.0", "",
     "Address or name to listen on, when listen is not given; \"*\" for every address.", "1.0",
     assign_text<&S::host>},
    {"port", "text", "", "8080", "0..65535 or the name of a service",
     "TCP port to listen on when listen is not given; 0 takes a free one.", "1.0", assign_port},
    {"ipv4", "bool", "", "true", "", "Names may resolve to IPv4 addresses.", "1.0",
     assign_bool<&S::ipv4>},
    {"ipv6", "bool", "", "true", "", "Names may resolve to IPv6 addresses.", "1.0",
     assign_bool<&S::ipv6>},
    {"unix_socket", "text", "", "", "",
     "Path of a Unix socket to listen on instead of TCP. Not with host, port, listen or sockets.",
     "1.0", assign_text<&S::unix_socket>},
    {"unix_socket_perms", "mode", "", "0600", "0..0777",
     "File mode of Unix sockets that have none of their own.", "1.0",
     assign_mode<&S::unix_socket_perms>},
    {"sockets", "list", "", "", "",
     "Descriptor numbers of sockets that are bound already; the library uses duplicates. Not with "
     "host, port, unix_socket or listen.",
     "1.0", assign_sockets},
    {"backlog", "int", "", "1024", "1..65535",
     "Connections that may wait to be accepted, listen(2).", "1.0", assign_number<&S::backlog>},
    {"tcp_keepalive", "int", "seconds", "0", "0..32767",
     "A TCP connection on which nothing moves for so many seconds is asked whether the client's "
     "machine is still there, and again after as many; three questions without an answer end it. 0 "
     "leaves this to the system, which does not ask.",
     "1.0", assign_number<&S::tcp_keepalive>},

    // Threads
    {"threads", "int", "threads", "4", "0..1024 or auto",
     "Threads that run the application; with 0 it runs on the event loop's own thread and must "
     "never "
     "block. \"auto\" is four for each processor that the process may use, up to 64.",
     "1.0", assign_threads},
    {"loops", "int", "loops", "1", "1..256 or auto",
     "Event loops, each on a thread of its own; \"auto\" for one on each processor that "
     "the process may use (its affinity mask and the quota of its control group). With threads=0 "
     "the "
     "application then runs on all of these threads.",
     "1.0", assign_or_auto<&S::loops, read_number>},
    {"app_path", "list", "", "", "",
     "Folders in which NAME.so of an application NAME is looked for, before those of "
     "$WSERVE_APP_PATH and the bundled ones.",
     "1.0", assign_list<&S::app_path>},

    // What the application is told
    {"url_scheme", "choice", "", "http", "http|https",
     "ws.url_scheme of every request, unless a trusted proxy says otherwise.", "1.0",
     assign_choice<&S::url_scheme>},
    {"url_prefix", "text", "", "", "",
     "Where the application is mounted: becomes SCRIPT_NAME and is taken off the front of "
     "PATH_INFO.",
     "1.0", assign_prefix},
    {"server_name", "text", "", "wserve.invalid", "",
     "SERVER_NAME, unless a trusted proxy says otherwise.", "1.0",
     assign_field_text<&S::server_name>},
    {"ident", "text", "", "wserve", "", "The Server field of answers; empty for none.", "1.0",
     assign_field_text<&S::ident>},

    // The proxies in front
    live({"trusted_proxy", "list", "", "", "",
          "Peers whose proxy headers are believed: addresses, CIDR blocks, \"unix:\" for Unix "
          "sockets, "
          "\"localhost\" for the loopback addresses and Unix sockets, or \"*\" for everybody. "
          "\"::/0\" "
          "is everybody but Unix sockets, IPv4 too.",
          "1.0", assign_trusted_proxy}),
    live({"trusted_proxy_count", "int", "hops", "1", "1..100 or auto",
          "How many of the right-most hops in the proxy headers are believed; \"auto\" believes "
          "each "
          "hop "
          "that a trusted_proxy has added.",
          "1.0", assign_or_auto<&S::trusted_proxy_count, read_number>}),
    live({"trusted_proxy_headers", "list", "", "",
          "forwarded|x-forwarded-for|x-forwarded-host|x-forwarded-proto|x-forwarded-port|"
          "x-forwarded-by|x-forwarded-prefix|x-forwarded-server|x-forwarded-scheme|x-request-start|"
          "x-request-id|traceparent|none",
          "Headers that the trusted proxy sets. forwarded excludes all x-forwarded ones; "
          "x-request-id "
          "is "
          "the field that request_id_header names; none is for a proxy that sets none, but speaks "
          "the "
          "PROXY protocol. Empty with a trusted_proxy: x-forwarded-proto.",
          "1.0", assign_proxy_headers}),
    live({"clear_untrusted_proxy_headers", "bool", "", "true", "",
          "Removes proxy headers that are not believed.", "1.0",
          assign_bool<&S::clear_untrusted_proxy_headers>}),
    live({"log_untrusted_proxy_headers", "bool", "", "false", "",
          "Warns when proxy headers were removed.", "1.0",
          assign_bool<&S::log_untrusted_proxy_headers>}),

    {"request_id_header", "text", "", "", "",
     "Field that names a request, such as X-Request-ID. Each request gets an id, unless a trusted "
     "proxy has given it one (x-request-id in trusted_proxy_headers): the application finds it in "
     "the environ, the client in the answer, the log names failures by it. Empty for no ids.",
     "1.0", assign_request_id_header},

    live(
        {"max_proxy_protocol_header", "size", "bytes", "16384", "536..65551",
         "Longest PROXY protocol header on a listener with ?proxy=on: version 2 with what the "
         "proxy "
         "adds to the addresses, such as a client certificate. A longer one closes the connection.",
         "1.0", assign_size<&S::max_proxy_protocol_header>}),

    // Limits
    live({"max_request_header_size", "size", "bytes", "262144", "64..1073741824",
          "Longest request line and header fields together; a longer head is answered with 431, or "
          "with "
          "414 when its request line alone is longer.",
          "1.0", assign_size<&S::max_request_header_size>}),
    live({"max_request_header_line", "size", "bytes", "65536", "64..1073741824",
          "Longest request line (414 above it), and longest header field (431).", "1.0",
          assign_size<&S::max_request_header_line>}),
    live({"max_request_header_fields", "int", "fields", "100", "1..10000",
          "Most header fields of a request; more are answered with 431.", "1.0",
          assign_number<&S::max_request_header_fields>}),
    live({"max_request_body_size", "size", "bytes", "1073741824", "0..9223372036854775807",
          "Longest request body; a longer one is answered with 413.", "1.0",
          assign_size<&S::max_request_body_size>}),
    {"inbuf_overflow", "size", "bytes", "524288", "0..1073741824",
     "Request bodies of this size and above are kept in a temporary file.", "1.0",
     assign_size<&S::inbuf_overflow>},
    {"body_streaming", "bool", "", "false", "",
     "Hands each request over when its head is there, and lets the application read the body while "
     "it comes.",
     "1.0", assign_bool<&S::body_streaming>},
    {"body_window", "size", "bytes", "65536", "1024..1073741824",
     "Unread bytes of a streamed body above which its client is not read from.", "1.0",
     assign_size<&S::body_window>},
    {"outbuf_overflow", "size", "bytes", "1048576", "0..1073741824",
     "Output that waits for a slow client is kept in a temporary file beyond this size.", "1.0",
     assign_size<&S::outbuf_overflow>},
    {"outbuf_high_watermark", "size", "bytes", "16777216", "1..9223372036854775807",
     "An application thread that writes waits while more output than this is pending.", "1.0",
     assign_size<&S::outbuf_high_watermark>},
    {"buffer_memory_limit", "size", "bytes", "268435456", "0..9223372036854775807",
     "Memory for request heads, bodies and waiting output of all connections together, 16 KiB of "
     "each not counted. Above it bodies and output go to temporary files, and a large head is "
     "answered with 503; 0 for no limit.",
     "1.0", assign_size<&S::buffer_memory_limit>},
    {"buffer_file_limit", "size", "bytes", "0", "0..9223372036854775807",
     "Bytes in temporary files of all connections together. Above it a body is answered with 503, "
     "and an answer that must wait is cut; 0 for no limit.",
     "1.0", assign_size<&S::buffer_file_limit>},
    {"recv_bytes", "size", "bytes", "8192", "1..16777216",
     "Bytes asked for in one read of a socket; of a long body up to 16 times as many.", "1.0",
     assign_size<&S::recv_bytes>},
    live({"connection_limit", "int", "connections", "1000", "1..1000000",
          "Client connections open at once; further ones wait in the backlog.", "1.0",
          assign_number<&S::connection_limit>}),
    live({"connection_limit_per_address", "int", "connections", "0", "0..1000000",
          "Connections open at once from one client address, or from one /64 network of IPv6; "
          "further "
          "ones are answered with 503. Peers in trusted_proxy and on Unix sockets are not counted; "
          "0 "
          "for "
          "no limit.",
          "1.0", assign_number<&S::connection_limit_per_address>}),
    live({"request_limit", "int", "requests", "0", "0..1000000000",
          "Requests answered on one connection before it is closed; 0 for no limit.", "1.0",
          assign_number<&S::request_limit>}),
    live({"queue_limit", "int", "requests", "0", "0..1000000",
          "Requests that may wait for an application thread; further ones are answered with 503. 0 "
          "for "
          "no limit but the number of connections.",
          "1.0", assign_number<&S::queue_limit>}),
    {"temporary_directory", "text", "", "", "",
     "Where bodies and output that are too large for memory go; empty for $TMPDIR, then /tmp.",
     "1.0", assign_text<&S::temporary_directory>},

    {"temporary_reserve", "size", "bytes", "auto", "0..9223372036854775807 or auto",
     "Free space that temporary files leave on their file system: a body that would use it is "
     "answered with 503, and an answer that waits for its client is cut when it would use more "
     "than half of it. \"auto\" is a twentieth of the file system, but no more than 1 GiB; 0 for "
     "none.",
     "1.0", assign_or_auto<&S::temporary_reserve, read_size, base::DiskReserve::kAuto>},

    // Times
    live({"channel_timeout", "seconds", "seconds", "120", "0..31536000",
          "A connection on which no request comes is closed after this time; 0 for no limit.",
          "1.0", assign_seconds<&S::channel_timeout>}),
    live({"keepalive_timeout", "seconds", "seconds", "120", "0..31536000",
          "Another name of channel_timeout.", "1.0", assign_seconds<&S::channel_timeout>,
          "channel_timeout"}),
    live({"header_timeout", "seconds", "seconds", "30", "0..31536000",
          "A request head must be complete this long after its first byte (408); 0 for no limit.",
          "1.0", assign_seconds<&S::header_timeout>}),
    live({"body_timeout", "seconds", "seconds", "30", "0..31536000",
          "Longest pause while a request body comes in (408); 0 for no limit.", "1.0",
          assign_seconds<&S::body_timeout>}),
    live({"body_min_rate", "int", "bytes a second", "500", "0..1000000000",
          "A request body that comes slower than this, on average over each body_timeout, is given "
          "up "
          "(408); 0 for no limit.",
          "1.0", assign_number<&S::body_min_rate>}),
    live({"write_timeout", "seconds", "seconds", "60", "0..31536000",
          "A client that takes no output for this long is cut off; 0 for no limit.", "1.0",
          assign_seconds<&S::write_timeout>}),
    live({"write_min_rate", "int", "bytes a second", "500", "0..1000000000",
          "A client that takes waiting output slower than this, on average over each "
          "write_timeout, is "
          "cut off; 0 for no limit.",
          "1.0", assign_number<&S::write_min_rate>}),
    live(
        {"request_timeout", "seconds", "seconds", "0", "0..31536000",
         "Time for the whole answer to a request, from when the request is complete. Then a client "
         "that "
         "has got nothing is answered with 503, any other is cut off, and ws_request_gone() tells "
         "the "
         "application; 0 for no limit.",
         "1.0", assign_seconds<&S::request_timeout>}),
    live({"queue_timeout", "seconds", "seconds", "30", "0..31536000",
          "A request for which no application thread is free for this long is answered with 503; 0 "
          "for "
          "no limit.",
          "1.0", assign_seconds<&S::queue_timeout>}),
    {"cleanup_interval", "seconds", "seconds", "30", "0..31536000",
     "How often connections whose channel_timeout is over are looked for.", "1.0",
     assign_seconds<&S::cleanup_interval>},
    {"stop_timeout", "seconds", "seconds", "30", "0..31536000",
     "How long a stopping server waits for requests that are being answered.", "1.0",
     assign_seconds<&S::stop_timeout>},

    // When something goes wrong
    {"error_pages", "text", "", "", "",
     "Folder with the site's own pages for errors that the server answers: 404.html for a status, "
     "4xx.html and 5xx.html for those that have none; .json, .txt and .xml do as well. They are "
     "read at the start, each of at most 16 KiB, and sent as they are.",
     "1.0", assign_text<&S::error_pages>},
    {"expose_tracebacks", "bool", "", "false", "",
     "Shows the client why the application failed; never where strangers can see it.", "1.0",
     assign_bool<&S::expose_tracebacks>},
    live({"log_socket_errors", "bool", "", "true", "", "Logs errors of client connections.", "1.0",
          assign_bool<&S::log_socket_errors>}),
    live({"log_level", "choice", "", "warning", "debug|info|warning|error|none",
          "Least severe line that is logged.", "1.0", assign_choice<&S::log_level>}),
    {"log_fd", "int", "", "2", "0..1048576",
     "Descriptor that log lines are written to, where no callback takes them. It stays the "
     "caller's; a line that it does not take at once is lost, and counted in the next one.",
     "1.0", assign_number<&S::log_fd>},

    // For those who watch the server
    {"metrics_listen", "list", "", "", "",
     "Where to listen for those who watch the server, as in listen: /metrics for Prometheus, "
     "/healthz, /status.json. Not for strangers. Requests are counted by status and time only with "
     "it.",
     "1.0", assign_metrics_listen},
    {"health_path", "text", "", "", "",
     "Path that the event loop answers, though every thread is busy: 200, or 503 while the server "
     "stops or is overloaded (PATH and PATH/ready); PATH/live is 200 as long as it answers.",
     "1.0", assign_health_path},
    {"health_queue_time", "seconds", "seconds", "10", "0..31536000",
     "Requests that have waited so long for a thread, or a queue that has been at queue_limit so "
     "long, make the server not ready; 0 for never.",
     "1.0", assign_seconds<&S::health_queue_time>},

    {"systemd_notify", "bool", "", "false", "",
     "Tells the service manager, where $NOTIFY_SOCKET names one, when the server is ready and when "
     "it stops, and with $WATCHDOG_USEC that all event loops turn.",
     "1.0", assign_bool<&S::systemd_notify>},
    // What is said of each request
    {"access_log", "text", "", "", "",
     "Where a line for each request goes when it has ended: a file, fd:N, syslog, or - for "
     "standard "
     "output; empty for nowhere. What cannot be written is lost, and counted in the log.",
     "1.0", assign_access_log},
    {"access_log_format", "text", "", "combined", "",
     "What the line says: common, combined, json, or a template with the codes of Apache's "
     "LogFormat; docs/operations.md has them.",
     "1.0", assign_access_log_format},

    {"server_timing", "bool", "", "false", "",
     "Answers say in Server-Timing how long the request waited and how long the application took "
     "to its head. Anybody can read it.",
     "1.0", assign_bool<&S::server_timing>},

    {"slow_request", "seconds", "seconds", "0", "0..31536000",
     "A warning in the log says which request has been running for this long, and again after "
     "twice as "
     "long, and so on, on which thread; likewise which event loop has not turned. Nothing is "
     "stopped. 0 for no warnings.",
     "1.0", assign_seconds<&S::slow_request>},
    {"slow_request_stack", "choice", "", "language", "language|signal|none",
     "Whose stack slow_request tells. language: that of Ruby, Python or Go, which their runtimes "
     "give without harm. signal: that of C and of Lua too, by SIGURG to the thread; "
     "docs/operations.md has the risks.",
     "1.0", assign_choice<&S::slow_request_stack>},

    // Read for the sake of Waitress configurations
    {"send_bytes", "int", "bytes", "1", "", "Ignored, with a warning: output is sent at once.",
     "1.0", assign_text<&S::ignored>},
    {"channel_request_lookahead", "int", "requests", "0", "",
     "Ignored, with a warning: a client that leaves is always noticed.", "1.0",
     assign_text<&S::ignored>},
    {"asyncore_loop_timeout", "int", "seconds", "1", "",
     "Ignored, with a warning: there is no asyncore.", "1.0", assign_text<&S::ignored>},
    {"asyncore_use_poll", "bool", "", "false", "", "Ignored, with a warning: there is no asyncore.",
     "1.0", assign_text<&S::ignored>},
};

}  // namespace

std::span<const Option> option_table() noexcept {
  return kOptions;
}

const Option* find_option(ByteView name) noexcept {
  const auto same = [name](const Option& option) {
    const ByteView known = option.name;
    return std::equal(known.begin(), known.end(), name.begin(), name.end(),
                      [](char a, char b) { return a == (b == '-' ? '_' : b); });
  };
  const auto* found = std::find_if(std::begin(kOptions), std::end(kOptions), same);
  return found != std::end(kOptions) ? found : nullptr;
}

}  // namespace wserve::server
