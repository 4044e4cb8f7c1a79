// From settings to services: copying, and the one implied default.
#include "server/make_service.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "base/processors.h"
#include "base/text.h"
#include "gateway/make_environ.h"

namespace wserve::server {

using base::ByteView;
using base::Status;

namespace {

constexpr unsigned kMaxLoops = 256;  // as the range of the option says

// Where memory has 32 bits, more than all of it is all of it.
constexpr std::size_t as_size(std::uint64_t bytes) noexcept {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(bytes, std::numeric_limits<std::size_t>::max()));
}

}  // namespace

gateway::ProxyPolicy make_policy(const Settings& settings, base::Log& log) {
  gateway::ProxyPolicy policy;
  static_cast<void>(gateway::TrustedPeers::parse(settings.trusted_proxy, policy.peers));
  policy.count_auto = settings.trusted_proxy_count == 0;
  policy.count = settings.trusted_proxy_count;
  policy.clear_untrusted = settings.clear_untrusted_proxy_headers;
  policy.log_untrusted = settings.log_untrusted_proxy_headers;
  policy.request_id = {settings.request_id_header,
                       gateway::key_of_field(settings.request_id_header)};
  for (const std::string& name : settings.trusted_proxy_headers) {
    for (const gateway::ProxyHeaderName& known : gateway::kProxyHeaders) {
      if (known.option == name) {
        policy.headers.insert(known.header);
      }
    }
  }
  if (!policy.peers.is_empty() && settings.trusted_proxy_headers.empty()) {
    policy.headers.insert(gateway::ProxyHeader::kProto);
    log.write(base::Severity::kWarning,
              "trusted_proxy is set and trusted_proxy_headers is empty: x-forwarded-proto is "
              "believed; say so with trusted_proxy_headers=x-forwarded-proto");
  }
  return policy;
}

void tune(const Settings& settings, http::ParserLimits& limits) noexcept {
  limits.max_head_bytes = as_size(settings.max_request_header_size);
  limits.head.max_line_bytes = as_size(settings.max_request_header_line);
  limits.head.max_fields = settings.max_request_header_fields;
  limits.max_body_bytes = settings.max_request_body_size;
}

void tune(const Settings& settings, net::LoopSettings& loop) noexcept {
  loop.connection_limit = settings.connection_limit;
  loop.proxy_header_bytes = as_size(settings.max_proxy_protocol_header);
  loop.request_limit = settings.request_limit;
  loop.log_socket_errors = settings.log_socket_errors;
  loop.idle_limit = settings.channel_timeout;
  loop.head_limit = settings.header_timeout;
  loop.body_limit = settings.body_timeout;
  loop.write_limit = settings.write_timeout;
  loop.body_min_rate = settings.body_min_rate;
  loop.write_min_rate = settings.write_min_rate;
  loop.answer_limit = settings.request_timeout;
}

namespace {

Status add_spec(ByteView text, ByteView port, const Settings& settings,
                std::vector<net::ListenSpec>& specs) {
  net::ListenSpec spec;
  Status parsed =
      net::parse_listen_spec(text, {.port = port, .mode = settings.unix_socket_perms}, spec);
  if (!parsed.is_ok()) {
    return parsed;
  }
  if (spec.speaks_proxy && settings.trusted_proxy.empty()) {
    return {base::Code::kConflict,
            base::concat(net::named(spec), " has no meaning without setting trusted_proxy")};
  }
  specs.push_back(std::move(spec));
  return {};
}

// host may be a bare IPv6 address, which stands in no list of host:port.
std::string host_and_port(const Settings& settings) {
  const bool is_bare_v6 =
      settings.host.find(':') != std::string::npos && !settings.host.starts_with('[');
  return is_bare_v6 ? base::concat('[', settings.host, "]:", settings.port)
                    : base::concat(settings.host, ':', settings.port);
}

}  // namespace

Status count_loops(const Settings& settings, Turned turned, unsigned& loops) {
  if (turned != Turned::kByThreads) {
    loops = 1;
    const ByteView where = turned == Turned::kByWorker
                               ? "where a worker turns the event loop (threads=0)"
                               : "where ws_server_turn() turns the event loop";
    return settings.loops > 1 ? Status(base::Code::kInvalid, base::concat("loops must be 1 ", where,
                                                                          ", got ", settings.loops))
                              : Status();
  }
  loops = settings.loops > 0 ? settings.loops : std::min(kMaxLoops, base::count_processors());
  return {};
}

std::shared_ptr<app::Service> make_service(const Settings& settings, unsigned loops,
                                           std::shared_ptr<base::Log> log) {
  gateway::Site site = {.url_scheme = settings.url_scheme,
                        .url_prefix = settings.url_prefix,
                        .server_name = settings.server_name,
                        .ident = settings.ident,
                        .multithread = settings.threads > 0 || loops > 1};
  auto service = std::make_shared<app::Service>(std::move(log), std::move(site));
  service->proxy.edit() = make_policy(settings, service->log);
  tune(settings, service->limits);
  service->tells_timing = settings.server_timing;
  if (settings.slow_request > std::chrono::milliseconds(0)) {
    service->running = std::make_unique<app::RunningRequests>(settings.slow_request);
  }
  service->expose_tracebacks = settings.expose_tracebacks;
  service->inbuf_overflow = as_size(settings.inbuf_overflow);
  service->streams_bodies = settings.body_streaming;
  service->body_window = as_size(settings.body_window);
  service->storage.folder = settings.temporary_directory;
  service->storage.memory.set_limit(settings.buffer_memory_limit);
  service->storage.files.set_limit(settings.buffer_file_limit);
  service->storage.reserve.set(settings.temporary_reserve);
  return service;
}

net::LoopSettings make_loop_settings(const Settings& settings, base::Storage& storage) {
  net::LoopSettings loop;
  loop.outbox.high_watermark = as_size(settings.outbuf_high_watermark);
  loop.outbox.queue.overflow = as_size(settings.outbuf_overflow);
  loop.outbox.queue.storage = &storage;
  loop.recv_bytes = as_size(settings.recv_bytes);
  loop.backlog = settings.backlog;
  loop.runs_inline = settings.threads == 0;
  loop.cleanup_interval = settings.cleanup_interval;
  tune(settings, loop);
  return loop;
}

net::BindSettings make_bind_settings(const Settings& settings) {
  return {.ipv4 = settings.ipv4,
          .ipv6 = settings.ipv6,
          .backlog = static_cast<int>(settings.backlog),
          .keepalive_seconds = static_cast<int>(settings.tcp_keepalive)};
}

Status make_listen_specs(const Settings& settings, bool host_or_port_is_set,
                         std::vector<net::ListenSpec>& specs) {
  if (!settings.unix_socket.empty()) {
    return add_spec(base::concat("unix:", settings.unix_socket), {}, settings, specs);
  }
  std::vector<std::string> entries = settings.listen;
  if (!settings.sockets.empty()) {
    entries.clear();
    for (const std::string& number : settings.sockets) {
      entries.push_back("fd:" + number);
    }
  } else if (host_or_port_is_set) {
    entries = {host_and_port(settings)};
  }
  if (entries.size() == 1 && entries.front() == kNoListener) {
    return {};
  }
  for (const std::string& entry : entries) {
    if (Status added = add_spec(entry, settings.port, settings, specs); !added.is_ok()) {
      return added;
    }
  }
  return {};
}

}  // namespace wserve::server
