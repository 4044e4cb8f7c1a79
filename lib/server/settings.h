// Every option as a value of its own type; what the option table fills and the server reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/disk_reserve.h"
#include "base/log.h"
#include "gateway/proxy_policy.h"

namespace wserve::server {

struct Settings {
  // Where to listen. The four ways exclude each other; see option_rules.
  std::string host = "0.0.0.0";
  std::string port = "8080";
  std::vector<std::string> listen = {"0.0.0.0:8080"};
  std::vector<std::string> sockets;
  std::string unix_socket;
  unsigned unix_socket_perms = 0600;
  bool ipv4 = true;
  bool ipv6 = true;
  unsigned backlog = 1024;
  unsigned tcp_keepalive = 0;

  unsigned threads = 4;
  unsigned loops = 1;  // 0 stands for "auto"
  std::vector<std::string> app_path;

  // What the application is told.
  std::string url_scheme = "http";
  std::string url_prefix;
  std::string server_name = "wserve.invalid";
  std::string ident = "wserve";

  // The proxies in front.
  std::string trusted_proxy;
  unsigned trusted_proxy_count = 1;  // 0 stands for "auto"
  std::vector<std::string> trusted_proxy_headers;
  bool clear_untrusted_proxy_headers = true;
  bool log_untrusted_proxy_headers = false;
  std::string request_id_header;  // empty: requests have no ids
  std::uint64_t max_proxy_protocol_header = 16384;

  // Limits.
  std::uint64_t max_request_header_size = 262144;
  std::uint64_t max_request_header_line = 65536;
  unsigned max_request_header_fields = 100;
  std::uint64_t max_request_body_size = 1073741824;
  std::uint64_t inbuf_overflow = 524288;
  bool body_streaming = false;
  std::size_t body_window = 65536;
  std::uint64_t outbuf_overflow = 1048576;
  std::uint64_t outbuf_high_watermark = 16777216;
  std::uint64_t recv_bytes = 8192;
  std::uint64_t buffer_memory_limit = 268435456;
  std::uint64_t buffer_file_limit = 0;
  unsigned connection_limit = 1000;
  unsigned connection_limit_per_address = 0;
  unsigned request_limit = 0;
  unsigned queue_limit = 0;
  std::string temporary_directory;
  std::string error_pages;
  std::uint64_t temporary_reserve = base::DiskReserve::kAuto;

  // Times.
  std::chrono::milliseconds channel_timeout{120'000};
  std::chrono::milliseconds header_timeout{30'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds write_timeout{60'000};
  std::uint64_t body_min_rate = 500;
  std::uint64_t write_min_rate = 500;
  std::chrono::milliseconds request_timeout{0};
  std::chrono::milliseconds queue_timeout{30'000};
  std::chrono::milliseconds cleanup_interval{30'000};
  std::chrono::milliseconds stop_timeout{30'000};

  // What is said when something goes wrong.
  bool expose_tracebacks = false;
  bool log_socket_errors = true;
  std::string log_level = "warning";
  unsigned log_fd = 2;
  std::string access_log;  // empty: none
  std::string access_log_format = "combined";
  bool server_timing = false;
  std::chrono::milliseconds slow_request{0};
  std::string slow_request_stack = "language";

  // For those who watch the server.
  std::vector<std::string> metrics_listen;
  std::string health_path;
  std::chrono::milliseconds health_queue_time{10'000};
  bool systemd_notify = false;

  // Read for the sake of Waitress configurations, never used.
  std::string ignored;
};

}  // namespace wserve::server
