// For each option a value that somebody may want, and the options to read about next.
#include "server/option_examples.h"

#include <algorithm>

namespace wserve::server {

namespace {

struct Row {
  base::ByteView name;
  OptionExample example;
};

constexpr OptionExample kNone{"", ""};

// clang-format off
constexpr Row kRows[] = {
    {"listen", {"127.0.0.1:8080 unix:/run/app.sock?mode=0660", "metrics_listen trusted_proxy backlog"}},
    {"host", {"127.0.0.1", "listen port"}},
    {"port", {"8080", "listen host"}},
    {"ipv4", {"false", "ipv6 listen"}},
    {"ipv6", {"false", "ipv4 listen"}},
    {"unix_socket", {"/run/app.sock", "unix_socket_perms listen"}},
    {"unix_socket_perms", {"0660", "unix_socket listen"}},
    {"sockets", {"3 4", "listen"}},
    {"backlog", {"4096", "listen connection_limit"}},
    {"tcp_keepalive", {"60", "channel_timeout"}},
    {"threads", {"16", "loops queue_limit slow_request"}},
    {"loops", {"auto", "threads"}},
    {"app_path", {"/usr/local/lib/apps", "url_prefix"}},
    {"url_scheme", {"https", "trusted_proxy_headers"}},
    {"url_prefix", {"/shop", "trusted_proxy_headers"}},
    {"server_name", {"example.com", "trusted_proxy_headers"}},
    {"ident", {"shop", "server_timing"}},
    {"trusted_proxy", {"10.0.0.0/8 unix:", "trusted_proxy_headers trusted_proxy_count"}},
    {"trusted_proxy_count", {"2", "trusted_proxy trusted_proxy_headers"}},
    {"trusted_proxy_headers", {"x-forwarded-for x-forwarded-proto", "trusted_proxy clear_untrusted_proxy_headers"}},
    {"clear_untrusted_proxy_headers", {"false", "trusted_proxy log_untrusted_proxy_headers"}},
    {"log_untrusted_proxy_headers", {"true", "clear_untrusted_proxy_headers log_level"}},
    {"request_id_header", {"X-Request-ID", "trusted_proxy_headers access_log_format"}},
    {"max_proxy_protocol_header", {"4096", "listen"}},
    {"max_request_header_size", {"64K", "max_request_header_line max_request_header_fields"}},
    {"max_request_header_line", {"16K", "max_request_header_size"}},
    {"max_request_header_fields", {"200", "max_request_header_size"}},
    {"max_request_body_size", {"100M", "inbuf_overflow body_streaming"}},
    {"inbuf_overflow", {"1M", "temporary_directory buffer_memory_limit"}},
    {"body_streaming", {"true", "body_window body_timeout"}},
    {"body_window", {"256K", "body_streaming"}},
    {"outbuf_overflow", {"4M", "outbuf_high_watermark temporary_directory"}},
    {"outbuf_high_watermark", {"32M", "outbuf_overflow write_timeout"}},
    {"buffer_memory_limit", {"1G", "buffer_file_limit inbuf_overflow outbuf_overflow"}},
    {"buffer_file_limit", {"10G", "temporary_reserve buffer_memory_limit"}},
    {"recv_bytes", {"16K", "max_request_body_size"}},
    {"connection_limit", {"10000", "connection_limit_per_address backlog"}},
    {"connection_limit_per_address", {"50", "connection_limit trusted_proxy"}},
    {"request_limit", {"1000", "channel_timeout"}},
    {"queue_limit", {"200", "queue_timeout threads health_queue_time"}},
    {"temporary_directory", {"/var/tmp", "temporary_reserve buffer_file_limit"}},
    {"temporary_reserve", {"5G", "temporary_directory buffer_file_limit"}},
    {"channel_timeout", {"75", "keepalive_timeout cleanup_interval request_limit"}},
    {"keepalive_timeout", {"75", "channel_timeout"}},
    {"header_timeout", {"10", "body_timeout max_request_header_size"}},
    {"body_timeout", {"20", "body_min_rate header_timeout"}},
    {"body_min_rate", {"2000", "body_timeout write_min_rate"}},
    {"write_timeout", {"30", "write_min_rate outbuf_high_watermark"}},
    {"write_min_rate", {"2000", "write_timeout body_min_rate"}},
    {"request_timeout", {"30", "queue_timeout slow_request"}},
    {"queue_timeout", {"5", "queue_limit request_timeout"}},
    {"cleanup_interval", {"5", "channel_timeout"}},
    {"stop_timeout", {"60", "systemd_notify"}},
    {"error_pages", {"/srv/www/errors", "expose_tracebacks"}},
    {"expose_tracebacks", {"true", "log_level"}},
    {"log_socket_errors", {"false", "log_level"}},
    {"log_level", {"info", "log_fd log_socket_errors"}},
    {"log_fd", {"1", "log_level"}},
    {"metrics_listen", {"127.0.0.1:9113", "health_path listen"}},
    {"health_path", {"/healthz", "health_queue_time metrics_listen"}},
    {"health_queue_time", {"5", "health_path queue_limit"}},
    {"systemd_notify", {"true", "listen stop_timeout"}},
    {"access_log", {"/var/log/wserve/access.log", "access_log_format"}},
    {"access_log_format", {"json", "access_log request_id_header"}},
    {"server_timing", {"true", "access_log_format"}},
    {"slow_request", {"2.5", "slow_request_stack request_timeout threads"}},
    {"slow_request_stack", {"signal", "slow_request log_level"}},
    {"send_bytes", {"18000", "outbuf_high_watermark"}},
    {"channel_request_lookahead", {"0", "threads"}},
    {"asyncore_loop_timeout", {"1", "cleanup_interval"}},
    {"asyncore_use_poll", {"false", "loops"}},
};
// clang-format on

}  // namespace

const OptionExample& example_of(const Option& option) noexcept {
  const base::ByteView name = option.name;
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows),
                                   [name](const Row& row) { return row.name == name; });
  return found != std::end(kRows) ? found->example : kNone;
}

}  // namespace wserve::server
