// The steps of the prefix filter.
#include "gateway/prefix_filter.h"

#include "base/text.h"
#include "gateway/hop_list.h"
#include "gateway/unquote.h"
#include "gateway/url_prefix.h"
#include "http/grammar.h"

namespace wserve::gateway {

namespace {

using Problem = std::optional<MalformedHeader>;

bool is_on_this_machine(const Endpoint& endpoint) noexcept {
  const auto& bytes = endpoint.peer_address.bytes();
  const bool is_loopback = endpoint.peer_address.is_v4()
                               ? bytes[12] == 127
                               : endpoint.peer_address == *base::IpAddress::parse("::1");
  return !endpoint.proxied && (endpoint.is_unix || is_loopback);
}

class Run {
 public:
  Run(const PrefixSettings& settings, const http::Request& request, const Endpoint& endpoint,
      const ProxyPolicy& policy, Environ& changed, base::Log& log)
      : settings_(settings),
        request_(request),
        endpoint_(endpoint),
        policy_(policy),
        environ_(changed),
        log_(log) {}

  void mount() {
    const ByteView path = environ_.get("PATH_INFO");
    const ByteView below = path_below(settings_.prefix, path);
    environ_.put("PATH_INFO", below.empty() ? ByteView("/") : below);
    const ByteView before = settings_.append ? environ_.get("SCRIPT_NAME") : ByteView();
    environ_.set("SCRIPT_NAME", base::concat(before, settings_.prefix));
  }

  Problem translate() {
    if (policy_.peers.is_empty()) {
      return translate_local();
    }
    // The engine has cut each list down to the hops that it believes, and applied what it knows.
    const std::string host = take(ProxyHeader::kHost);
    const std::string server = take(ProxyHeader::kServer);
    const std::string scheme = take(ProxyHeader::kScheme);
    take(ProxyHeader::kFor);
    take(ProxyHeader::kProto);
    Problem problem = server.empty() ? std::nullopt : set_server(server, host.empty());
    return problem || scheme.empty() ? problem : set_scheme(scheme);
  }

  void force() {
    if (!settings_.scheme.empty()) {
      environ_.set("ws.url_scheme", settings_.scheme);
    }
    if (settings_.force_port) {
      force_port(*settings_.force_port);
    }
  }

 private:
  // The oldest believed item of a header, which goes.
  std::string take(ProxyHeader header) {
    if (!policy_.headers.has(header)) {
      return {};
    }
    const ProxyHeaderName& name = name_of(header);
    const ByteView oldest = first_item(environ_.get(name.key));
    ByteView value;
    // Broken quotes: no host or scheme will like them.
    const std::string taken(unquote_value(oldest, environ_.arena(), value) ? value : oldest);
    environ_.erase(name.key);
    return taken;
  }

  // Without trusted proxies the ones on this machine are, as far as every recipe has them. The
  // fields have been removed from the environ: they come back for the engine.
  Problem translate_local() {
    ProxyPolicy local;
    static_cast<void>(TrustedPeers::parse("*", local.peers));
    local.clear_untrusted = false;
    const std::string port(environ_.get("SERVER_PORT"));
    for (const ProxyHeader header : {ProxyHeader::kFor, ProxyHeader::kProto}) {
      local.headers.insert(header);
      environ_.erase(name_of(header).key);
      for (const http::Field& field : request_.fields) {
        if (base::equals_ignoring_case(field.name, name_of(header).title)) {
          environ_.join(name_of(header).key, field.value);
        }
      }
    }
    const ByteView protos = environ_.get(name_of(ProxyHeader::kProto).key);
    environ_.put(name_of(ProxyHeader::kProto).key, last_items(protos, 1));
    Problem problem = apply_proxy_policy(local, endpoint_, environ_, log_);
    environ_.erase(name_of(ProxyHeader::kFor).key);
    environ_.erase(name_of(ProxyHeader::kProto).key);
    environ_.set("SERVER_PORT", port);
    return problem;
  }

  static Problem malformed(ProxyHeader header, const char* reason, const std::string& value) {
    return MalformedHeader{std::string(name_of(header).title), reason, value};
  }

  Problem set_server(const std::string& server, bool is_host) {
    if (!http::is_authority(server)) {
      return malformed(ProxyHeader::kServer, "not a host", server);
    }
    environ_.set("SERVER_NAME", http::without_port(server));
    if (is_host) {
      environ_.set("HTTP_HOST", server);
    }
    return std::nullopt;
  }

  // It counts for more than X-Forwarded-Proto.
  Problem set_scheme(const std::string& proto) {
    const ByteView scheme = scheme_of_proto(proto);
    if (scheme.empty()) {
      return malformed(ProxyHeader::kScheme, "unsupported scheme", proto);
    }
    environ_.put("ws.url_scheme", scheme);
    return std::nullopt;
  }

  void force_port(const std::string& port) {
    const ByteView host = http::without_port(environ_.get("HTTP_HOST"));
    if (!port.empty()) {
      environ_.set("HTTP_HOST", base::concat(host, ':', port));
      environ_.set("SERVER_PORT", port);
      return;
    }
    environ_.set("HTTP_HOST", std::string(host));
    environ_.set("SERVER_PORT", environ_.get("ws.url_scheme") == "https" ? "443" : "80");
  }

  const PrefixSettings& settings_;
  const http::Request& request_;
  const Endpoint& endpoint_;
  const ProxyPolicy& policy_;
  Environ& environ_;
  base::Log& log_;
};

}  // namespace

std::optional<MalformedHeader> apply_prefix(const PrefixSettings& settings,
                                            const http::Request& request, const Endpoint& endpoint,
                                            const ProxyPolicy& policy, Environ& environ,
                                            base::Log& log) {
  Run run(settings, request, endpoint, policy, environ, log);
  run.mount();
  const bool is_trusted =
      policy.peers.is_empty() ? is_on_this_machine(endpoint) : policy.peers.trusts(endpoint);
  if (settings.translate_forwarded_server && is_trusted) {
    if (Problem problem = run.translate()) {
      return problem;
    }
  }
  run.force();
  return std::nullopt;
}

}  // namespace wserve::gateway
