// The trusted-proxy engine: reads the believed hops, checks them, and rewrites the environ.
#include "gateway/proxy_headers.h"

#include <utility>

#include "base/text.h"
#include "gateway/forwarded.h"
#include "gateway/hop_list.h"
#include "gateway/node.h"
#include "gateway/unquote.h"
#include "http/grammar.h"

namespace wserve::gateway {

namespace {

// What the believed hops say; empty where they say nothing.
struct ClientFacts {
  std::string client;
  std::string host;
  std::string proto;
  std::string port;
  std::string prefix;
};

using Problem = std::optional<MalformedHeader>;

constexpr const char* kBadQuoting = "Invalid quoting in value";
constexpr const char* kManyValues = "Unspecified behavior for multiple values found in header";

// One run of the engine over one environ.
class Engine {
 public:
  Engine(const ProxyPolicy& policy, Environ& changed, base::Log& log)
      : policy_(policy), environ_(changed), log_(log) {}

  // Reads and applies; afterwards `believed()` are the headers that may stay.
  Problem run() {
    const bool use_forwarded = policy_.headers.has(ProxyHeader::kForwarded);
    Problem problem = use_forwarded ? read_forwarded() : read_x_forwarded();
    return problem ? problem : apply();
  }

  [[nodiscard]] ProxyHeaderSet believed() const noexcept { return believed_; }

 private:
  // The header's value when it is trusted, else empty.
  ByteView trusted_value(ProxyHeader header) {
    if (!policy_.headers.has(header)) {
      return {};
    }
    believed_.insert(header);
    return environ_.get(name_of(header).key);
  }

  // How many hops of a list are believed; the list's items name the hops.
  unsigned hop_count(ByteView list, ByteView (*address_of)(ByteView item)) const {
    if (!policy_.count_auto) {
      return policy_.count;
    }
    return count_trusted_hops(list, policy_.peers, address_of);
  }

  Problem read_x_forwarded() {
    Problem problem = read_for();
    problem = problem ? problem : read_host();
    problem = problem ? problem : read_single(ProxyHeader::kProto, facts_.proto);
    problem = problem ? problem : read_single(ProxyHeader::kPort, facts_.port);
    problem = problem ? problem : read_single(ProxyHeader::kPrefix, facts_.prefix);
    for (const ProxyHeader unread :
         {ProxyHeader::kBy, ProxyHeader::kServer, ProxyHeader::kScheme}) {
      static_cast<void>(trusted_value(unread));
    }
    return problem;
  }

  Problem read_for() {
    const ByteView value = trusted_value(ProxyHeader::kFor);
    hops_ = hop_count(value, [](ByteView item) { return item; });
    return read_list(ProxyHeader::kFor, value, facts_.client);
  }

  Problem read_host() {
    return read_list(ProxyHeader::kHost, trusted_value(ProxyHeader::kHost), facts_.host);
  }

  // Takes the oldest believed item and cuts the header down to the believed ones.
  Problem read_list(ProxyHeader header, ByteView value, std::string& fact) {
    const ByteView tail = last_items(value, hops_);
    if (tail.empty()) {
      return std::nullopt;
    }
    ByteView rest = tail;
    const auto oldest = unquote_value(base::trim_blanks(base::take_until(rest, ',')));
    if (!oldest) {
      return malformed(header, kBadQuoting, value);
    }
    fact = *oldest;
    environ_.put(name_of(header).key, tail);
    return std::nullopt;
  }

  Problem read_single(ProxyHeader header, std::string& fact) {
    const ByteView value = trusted_value(header);
    const auto unquoted = unquote_value(value);
    if (!unquoted) {
      return malformed(header, kBadQuoting, value);
    }
    if (unquoted->find(',') != std::string::npos) {
      return malformed(header, kManyValues, value);
    }
    fact = *unquoted;
    return std::nullopt;
  }

  Problem read_forwarded() {
    const ByteView value = trusted_value(ProxyHeader::kForwarded);
    hops_ = hop_count(value, forwarded_for_of);
    const ByteView tail = last_items(value, hops_);
    ByteView rest = tail;
    // Oldest first, so that the first element with a value decides, each field for itself.
    while (!rest.empty()) {
      ForwardedElement element;
      std::string unknown;
      const char* why = parse_forwarded_element(base::take_until(rest, ','), element, unknown);
      if (why != nullptr) {
        return malformed(ProxyHeader::kForwarded, why, value);
      }
      if (!unknown.empty()) {
        log_.write(base::Severity::kWarning,
                   base::concat("Unknown Forwarded token: ", base::printable(unknown)));
      }
      take_if_empty(facts_.client, std::move(element.for_node));
      take_if_empty(facts_.host, std::move(element.host));
      take_if_empty(facts_.proto, std::move(element.proto));
    }
    if (!tail.empty()) {
      environ_.put(name_of(ProxyHeader::kForwarded).key, tail);
    }
    return std::nullopt;
  }

  static void take_if_empty(std::string& fact, std::string&& value) {
    if (fact.empty()) {
      fact = std::move(value);
    }
  }

  Problem apply() {
    Problem problem = apply_proto();
    problem = problem ? problem : apply_host();
    problem = problem ? problem : apply_port();
    problem = problem ? problem : apply_client();
    return problem ? problem : apply_prefix();
  }

  Problem apply_proto() {
    if (facts_.proto.empty()) {
      return std::nullopt;
    }
    const std::string proto = base::lower_case(facts_.proto);
    if (proto != "http" && proto != "https") {
      return malformed(ProxyHeader::kProto, "unsupported proto", facts_.proto);
    }
    environ_.set("ws.url_scheme", proto);
    if (facts_.port.empty()) {
      facts_.port = proto == "https" ? "443" : "80";
    }
    return std::nullopt;
  }

  Problem apply_host() {
    if (facts_.host.empty()) {
      return std::nullopt;
    }
    if (!http::is_authority(facts_.host)) {
      return malformed(ProxyHeader::kHost, "not a host", facts_.host);
    }
    const std::size_t colon = facts_.host.rfind(':');
    if (colon != std::string::npos && !facts_.host.ends_with(']')) {
      facts_.port = facts_.host.substr(colon + 1);
      environ_.set("SERVER_NAME", ByteView(facts_.host).substr(0, colon));
      environ_.set("HTTP_HOST", facts_.host);
      return std::nullopt;
    }
    environ_.set("SERVER_NAME", facts_.host);
    environ_.set("HTTP_HOST",
                 is_default_port() ? facts_.host : base::concat(facts_.host, ':', facts_.port));
    return std::nullopt;
  }

  // The scheme implies the port, or no port is known.
  [[nodiscard]] bool is_default_port() const {
    const ByteView scheme = environ_.get("ws.url_scheme");
    return facts_.port.empty() || (facts_.port == "80" && scheme == "http") ||
           (facts_.port == "443" && scheme == "https");
  }

  Problem apply_port() {
    if (facts_.port.empty()) {
      return std::nullopt;
    }
    if (base::parse_port(facts_.port).value_or(0) == 0) {
      return malformed(ProxyHeader::kPort, "not a port", facts_.port);
    }
    environ_.set("SERVER_PORT", facts_.port);
    return std::nullopt;
  }

  Problem apply_client() {
    if (facts_.client.empty()) {
      return std::nullopt;
    }
    const auto node = parse_node(facts_.client);
    if (!node) {
      return malformed(ProxyHeader::kFor, "not an address", facts_.client);
    }
    environ_.set("REMOTE_ADDR", node->name);
    environ_.set("REMOTE_HOST", node->name);
    if (!node->port.empty()) {
      environ_.set("REMOTE_PORT", node->port);
    }
    return std::nullopt;
  }

  // The proxy has taken the prefix off the path already: it only belongs in front of SCRIPT_NAME.
  Problem apply_prefix() {
    ByteView prefix = facts_.prefix;
    while (prefix.ends_with('/')) {
      prefix.remove_suffix(1);
    }
    if (prefix.empty()) {
      return std::nullopt;
    }
    if (!prefix.starts_with('/') || prefix.starts_with("//")) {
      return malformed(ProxyHeader::kPrefix, "not a path", facts_.prefix);
    }
    environ_.set("SCRIPT_NAME", base::concat(prefix, environ_.get("SCRIPT_NAME")));
    return std::nullopt;
  }

  // In Forwarded mode every fact comes from that one header.
  Problem malformed(ProxyHeader header, const char* reason, ByteView value) const {
    const bool use_forwarded = policy_.headers.has(ProxyHeader::kForwarded);
    const ProxyHeader named = use_forwarded ? ProxyHeader::kForwarded : header;
    return MalformedHeader{std::string(name_of(named).title), reason, std::string(value)};
  }

  const ProxyPolicy& policy_;
  Environ& environ_;
  base::Log& log_;
  ClientFacts facts_;
  unsigned hops_ = 1;
  ProxyHeaderSet believed_;
};

// Most requests have none of them, and then there is nothing to believe or to remove.
template <std::size_t... kIndex>
bool has_any(const Environ& environ, std::index_sequence<kIndex...> /*all*/) noexcept {
  return (... || (environ.find(kProxyHeaders[kIndex].key) != nullptr));
}

void note_removal(std::string& removed, ByteView title) {
  if (!removed.empty()) {
    removed += ", ";
  }
  removed += title;
}

void clear_unbelieved(const ProxyPolicy& policy, ProxyHeaderSet believed, Environ& environ,
                      base::Log& log) {
  std::string removed;
  for (const ProxyHeaderName& name : kProxyHeaders) {
    if (!believed.has(name.header) && environ.erase(name.key) && policy.log_untrusted) {
      note_removal(removed, name.title);
    }
  }
  if (!removed.empty()) {
    log.write(base::Severity::kWarning,
              base::concat("Removed untrusted headers (", removed,
                           "). wserve recommends these be removed upstream."));
  }
}

}  // namespace

std::optional<MalformedHeader> apply_proxy_policy(const ProxyPolicy& policy,
                                                  const Endpoint& endpoint, Environ& environ,
                                                  base::Log& log) {
  if (!has_any(environ, std::make_index_sequence<kProxyHeaders.size()>())) {
    return std::nullopt;
  }
  ProxyHeaderSet believed;
  if (!policy.headers.is_empty() && policy.peers.trusts(endpoint)) {
    Engine engine(policy, environ, log);
    if (Problem problem = engine.run()) {
      return problem;
    }
    believed = engine.believed();
  }
  if (policy.clear_untrusted) {
    clear_unbelieved(policy, believed, environ, log);
  }
  return std::nullopt;
}

}  // namespace wserve::gateway
