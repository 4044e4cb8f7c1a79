// The steps of the prefix filter.
#include "gateway/prefix_filter.h"

#include "base/text.h"
#include "gateway/hop_list.h"
#include "gateway/node.h"
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
  return endpoint.is_unix || is_loopback;
}

class Run {
 public:
  Run(const PrefixSettings& settings, const http::Request& request, const ProxyPolicy& policy,
      Environ& changed)
      : settings_(settings), request_(request), policy_(policy), environ_(changed) {}

  void mount() {
    const ByteView path = environ_.get("PATH_INFO");
    const ByteView below = path_below(settings_.prefix, path);
    environ_.put("PATH_INFO", below.empty() ? ByteView("/") : below);
    const ByteView before = settings_.append ? environ_.get("SCRIPT_NAME") : ByteView();
    environ_.set("SCRIPT_NAME", base::concat(before, settings_.prefix));
  }

  Problem translate() {
    Problem problem = take_server();
    problem = problem ? problem : take_host();
    problem = problem ? problem : take_client();
    return problem ? problem : take_scheme();
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
  // What the trusted proxies say in a header, and nobody farther away; the header goes.
  std::string take(ProxyHeader header) {
    if (!believes(header)) {
      return {};
    }
    const ProxyHeaderName& name = name_of(header);
    const std::string list =
        policy_.peers.is_empty() ? received(name.title) : std::string(environ_.get(name.key));
    environ_.erase(name.key);
    ByteView tail = last_items(list, policy_.count_auto ? 1 : policy_.count);
    const ByteView oldest = base::trim_blanks(base::take_until(tail, ','));
    ByteView value;
    // Broken quotes: no address, host or scheme will like them.
    return unquote_value(oldest, environ_.arena(), value) ? std::string(value) : list;
  }

  // Without trusted proxies the ones on this machine are, as far as every recipe has them.
  [[nodiscard]] bool believes(ProxyHeader header) const noexcept {
    return policy_.peers.is_empty() ? header == ProxyHeader::kFor || header == ProxyHeader::kProto
                                    : policy_.headers.has(header);
  }

  [[nodiscard]] std::string received(ByteView name) const {
    std::string joined;
    for (const http::Field& field : request_.fields) {
      if (base::equals_ignoring_case(field.name, name)) {
        joined += joined.empty() ? "" : ", ";
        joined += field.value;
      }
    }
    return joined;
  }

  static Problem malformed(ProxyHeader header, const char* reason, const std::string& value) {
    return MalformedHeader{std::string(name_of(header).title), reason, value};
  }

  Problem take_server() {
    const std::string server = take(ProxyHeader::kServer);
    if (server.empty()) {
      return std::nullopt;
    }
    if (!http::is_authority(server)) {
      return malformed(ProxyHeader::kServer, "not a host", server);
    }
    environ_.set("SERVER_NAME", server);
    environ_.set("HTTP_HOST", server);
    return std::nullopt;
  }

  Problem take_host() {
    const std::string host = take(ProxyHeader::kHost);
    if (host.empty()) {
      return std::nullopt;
    }
    if (!http::is_authority(host)) {
      return malformed(ProxyHeader::kHost, "not a host", host);
    }
    environ_.set("HTTP_HOST", host);
    return std::nullopt;
  }

  Problem take_client() {
    const std::string client = take(ProxyHeader::kFor);
    if (client.empty()) {
      return std::nullopt;
    }
    const auto node = parse_node(client);
    if (!node) {
      return malformed(ProxyHeader::kFor, "not an address", client);
    }
    environ_.set("REMOTE_ADDR", node->name);
    return std::nullopt;
  }

  // X-Forwarded-Proto only counts where X-Forwarded-Scheme says nothing.
  Problem take_scheme() {
    ProxyHeader header = ProxyHeader::kScheme;
    std::string scheme = take(header);
    if (scheme.empty()) {
      header = ProxyHeader::kProto;
      scheme = take(header);
    }
    if (scheme.empty()) {
      return std::nullopt;
    }
    const std::string lowered = base::lower_case(scheme);
    if (lowered != "http" && lowered != "https") {
      return malformed(header, "unsupported scheme", scheme);
    }
    environ_.set("ws.url_scheme", lowered);
    return std::nullopt;
  }

  void force_port(const std::string& port) {
    const ByteView host = without_port(environ_.get("HTTP_HOST"));
    if (!port.empty()) {
      environ_.set("HTTP_HOST", base::concat(host, ':', port));
      environ_.set("SERVER_PORT", port);
      return;
    }
    environ_.set("HTTP_HOST", std::string(host));
    environ_.set("SERVER_PORT", environ_.get("ws.url_scheme") == "https" ? "443" : "80");
  }

  static ByteView without_port(ByteView host) noexcept {
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != ByteView::npos && (bracket == ByteView::npos || colon > bracket);
    return has_port ? host.substr(0, colon) : host;
  }

  const PrefixSettings& settings_;
  const http::Request& request_;
  const ProxyPolicy& policy_;
  Environ& environ_;
};

}  // namespace

std::optional<MalformedHeader> apply_prefix(const PrefixSettings& settings,
                                            const http::Request& request, const Endpoint& endpoint,
                                            const ProxyPolicy& policy, Environ& environ) {
  Run run(settings, request, policy, environ);
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
