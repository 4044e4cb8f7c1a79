// The trusted-proxy engine: reads the believed hops, checks them, and rewrites the environ.
#include "gateway/proxy_headers.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"
#include "gateway/forwarded.h"
#include "gateway/hop_list.h"
#include "gateway/node.h"
#include "gateway/unquote.h"
#include "http/grammar.h"

namespace wserve::gateway {

namespace {

// What the believed hops say; empty where they say nothing. Parts of the environ's values, or of
// its arena.
struct ClientFacts {
  ByteView client;
  ByteView host;
  ByteView proto;
  ByteView port;
  ByteView prefix;
};

// "." and "..", also with escaped dots, which browsers resolve as well (URL Standard, "double-dot
// path segment").
bool is_dot_segment(ByteView segment) noexcept {
  unsigned dots = 0;
  for (; !segment.empty(); ++dots) {
    const bool is_escaped = base::equals_ignoring_case(segment.substr(0, 3), "%2e");
    if (!is_escaped && segment.front() != '.') {
      return false;
    }
    segment.remove_prefix(is_escaped ? 3 : 1);
  }
  return dots == 1 || dots == 2;
}

// An absolute path (RFC 3986 §3.3) that stays one when something is put behind it: the application
// puts it in front of its links and redirects.
bool is_prefix(ByteView path) noexcept {
  if (!path.starts_with('/') || path.starts_with("//") || !http::has_whole_escapes(path) ||
      !std::all_of(path.begin(), path.end(), http::is_path_char)) {
    return false;
  }
  while (!path.empty()) {
    if (is_dot_segment(base::take_until(path, '/'))) {
      return false;
    }
  }
  return true;
}

constexpr const char* kBadQuoting = "Invalid quoting in value";
constexpr const char* kManyValues = "Unspecified behavior for multiple values found in header";

// One run of the engine over one environ. Each step is false when a header is malformed, and no
// other follows.
class Engine {
 public:
  Engine(const ProxyPolicy& policy, Environ& changed, base::Log& log)
      : policy_(policy), environ_(changed), log_(log) {}

  // Reads and applies; afterwards `believed()` are the headers that may stay.
  [[nodiscard]] bool run() {
    const bool use_forwarded = policy_.headers.has(ProxyHeader::kForwarded);
    static_cast<void>(find_trusted(ProxyHeader::kRequestStart));  // it stays: read_marks() reads it
    return (use_forwarded ? read_forwarded() : read_x_forwarded()) && apply();
  }

  [[nodiscard]] ProxyHeaderSet believed() const noexcept { return believed_; }
  [[nodiscard]] MalformedHeader&& take_problem() noexcept { return std::move(problem_); }

 private:
  // The header's place in the environ when it is trusted and there, else null.
  Environ::Entry* find_trusted(ProxyHeader header) noexcept {
    if (!policy_.headers.has(header)) {
      return nullptr;
    }
    believed_.insert(header);
    return environ_.find(name_of(header).key);
  }

  static ByteView value_of(const Environ::Entry* entry) noexcept {
    return entry != nullptr ? entry->value : ByteView();
  }

  // How many hops of a list are believed; the list's items name the hops.
  unsigned hop_count(ByteView list, ByteView (*address_of)(ByteView item)) const {
    if (!policy_.count_auto) {
      return policy_.count;
    }
    return count_trusted_hops(list, policy_.peers, address_of);
  }

  bool read_x_forwarded() {
    if (!read_for() || !read_host() || !read_single(ProxyHeader::kProto, facts_.proto) ||
        !read_single(ProxyHeader::kPort, facts_.port) ||
        !read_single(ProxyHeader::kPrefix, facts_.prefix)) {
      return false;
    }
    // Nothing comes from them here, but who reads them is to find the believed hops alone.
    for (const ProxyHeader unread :
         {ProxyHeader::kBy, ProxyHeader::kServer, ProxyHeader::kScheme}) {
      static_cast<void>(cut(unread, find_trusted(unread)));
    }
    return true;
  }

  bool read_for() {
    Environ::Entry* const list = find_trusted(ProxyHeader::kFor);
    hops_ = hop_count(value_of(list), [](ByteView item) { return item; });
    return read_list(ProxyHeader::kFor, list, facts_.client);
  }

  bool read_host() {
    return read_list(ProxyHeader::kHost, find_trusted(ProxyHeader::kHost), facts_.host);
  }

  // Leaves the believed items in the header, and none of it when they are empty.
  ByteView cut(ProxyHeader header, Environ::Entry* list) {
    if (list == nullptr) {
      return {};
    }
    const ByteView tail = last_items(list->value, hops_);
    if (tail.empty()) {
      environ_.erase(name_of(header).key);
    } else {
      list->value = tail;
    }
    return tail;
  }

  // Takes the oldest believed item.
  bool read_list(ProxyHeader header, Environ::Entry* list, ByteView& fact) {
    const ByteView whole = value_of(list);
    const ByteView oldest = first_item(cut(header, list));
    return unquote_value(oldest, environ_.arena(), fact) || malformed(header, kBadQuoting, whole);
  }

  bool read_single(ProxyHeader header, ByteView& fact) {
    const ByteView value = value_of(find_trusted(header));
    if (!unquote_value(value, environ_.arena(), fact)) {
      return malformed(header, kBadQuoting, value);
    }
    if (fact.find(',') != ByteView::npos) {
      return malformed(header, kManyValues, value);
    }
    return true;
  }

  bool read_forwarded() {
    Environ::Entry* const list = find_trusted(ProxyHeader::kForwarded);
    const ByteView value = value_of(list);
    hops_ = hop_count(value, forwarded_for_of);
    ByteView rest = cut(ProxyHeader::kForwarded, list);
    while (!rest.empty()) {
      ForwardedElement element;
      std::string unknown;
      const char* why =
          parse_forwarded_element(take_last_item(rest), environ_.arena(), element, unknown);
      if (why != nullptr) {
        return malformed(ProxyHeader::kForwarded, why, value);
      }
      if (!unknown.empty()) {
        log_.write(base::Severity::kWarning,
                   base::concat("Unknown Forwarded token: ", base::excerpt(unknown)));
      }
      // Newest first: the oldest element with a value decides, each field for itself.
      take_if_given(facts_.client, element.for_node);
      take_if_given(facts_.host, element.host);
      take_if_given(facts_.proto, element.proto);
    }
    return true;
  }

  static void take_if_given(ByteView& fact, ByteView value) noexcept {
    if (!value.empty()) {
      fact = value;
    }
  }

  static void take_if_empty(ByteView& fact, ByteView value) noexcept {
    if (fact.empty()) {
      fact = value;
    }
  }

  bool apply() {
    return apply_proto() && apply_host() && apply_port() && apply_client() && apply_prefix();
  }

  bool apply_proto() {
    if (facts_.proto.empty()) {
      return true;
    }
    const ByteView scheme = scheme_of_proto(facts_.proto);
    if (scheme.empty()) {
      return malformed(ProxyHeader::kProto, "unsupported proto", facts_.proto);
    }
    environ_.put("ws.url_scheme", scheme);
    take_if_empty(facts_.port, scheme == "https" ? "443" : "80");
    return true;
  }

  bool apply_host() {
    if (facts_.host.empty()) {
      return true;
    }
    if (!http::is_authority(facts_.host)) {
      return malformed(ProxyHeader::kHost, "not a host", facts_.host);
    }
    const ByteView name = http::without_port(facts_.host);
    environ_.set("SERVER_NAME", name);
    // RFC 3986 §3.2.3: an empty port is that of the scheme.
    if (facts_.host.size() > name.size() + 1) {
      facts_.port = facts_.host.substr(name.size() + 1);
      environ_.set("HTTP_HOST", facts_.host);
    } else if (is_default_port()) {
      environ_.set("HTTP_HOST", name);
    } else {
      environ_.set("HTTP_HOST", base::concat(name, ':', facts_.port));
    }
    return true;
  }

  // The scheme implies the port, or no port is known.
  [[nodiscard]] bool is_default_port() const {
    const ByteView scheme = environ_.get("ws.url_scheme");
    return facts_.port.empty() || (facts_.port == "80" && scheme == "http") ||
           (facts_.port == "443" && scheme == "https");
  }

  bool apply_port() {
    if (facts_.port.empty()) {
      return true;
    }
    const unsigned port = base::parse_port(facts_.port).value_or(0);
    if (port == 0) {
      return malformed(ProxyHeader::kPort, "not a port", facts_.port);
    }
    if (facts_.port.starts_with('0')) {
      environ_.set("SERVER_PORT", base::concat(port));
    } else {
      environ_.set("SERVER_PORT", facts_.port);
    }
    return true;
  }

  bool apply_client() {
    if (facts_.client.empty()) {
      return true;
    }
    const auto node = parse_node(facts_.client);
    if (!node) {
      return malformed(ProxyHeader::kFor, "not an address", facts_.client);
    }
    const ByteView name = environ_.arena().copy(node->name);
    environ_.put("REMOTE_ADDR", name);
    environ_.put("REMOTE_HOST", name);
    if (!node->port.empty()) {
      environ_.set("REMOTE_PORT", node->port);
    }
    return true;
  }

  // The proxy has taken the prefix off the path already: it only belongs in front of SCRIPT_NAME.
  bool apply_prefix() {
    ByteView prefix = facts_.prefix;
    while (prefix.ends_with('/')) {
      prefix.remove_suffix(1);
    }
    if (prefix.empty()) {
      return true;
    }
    if (!is_prefix(prefix)) {
      return malformed(ProxyHeader::kPrefix, "not a path", facts_.prefix);
    }
    environ_.set("SCRIPT_NAME", base::concat(prefix, environ_.get("SCRIPT_NAME")));
    return true;
  }

  // In Forwarded mode every fact comes from that one header.
  bool malformed(ProxyHeader header, const char* reason, ByteView value) {
    const bool use_forwarded = policy_.headers.has(ProxyHeader::kForwarded);
    const ProxyHeader named = use_forwarded ? ProxyHeader::kForwarded : header;
    problem_ = {std::string(name_of(named).title), reason, std::string(value)};
    return false;
  }

  const ProxyPolicy& policy_;
  Environ& environ_;
  base::Log& log_;
  ClientFacts facts_;
  unsigned hops_ = 1;
  ProxyHeaderSet believed_;
  MalformedHeader problem_;
};

// Most requests have none of them, and then there is nothing to believe or to remove.
template <std::size_t... kIndex>
bool has_any(const Environ& environ, std::index_sequence<kIndex...> /*all*/) noexcept {
  return environ.may_have_any<kProxyHeaders>(std::index_sequence<kIndex...>()) &&
         (... || (environ.find(kProxyHeaders[kIndex].key) != nullptr));
}

void on_removal(std::string& removed, ByteView title) {
  if (!removed.empty()) {
    removed += ", ";
  }
  removed += title;
}

void clear_unbelieved(const ProxyPolicy& policy, ProxyHeaderSet believed, Environ& environ,
                      base::Log& log) {
  std::string removed;
  for (const ProxyHeaderName& name : std::span(kProxyHeaders).first<kProxyOnlyHeaders>()) {
    if (!believed.has(name.header) && environ.erase(name.key) && policy.log_untrusted) {
      on_removal(removed, name.title);
    }
  }
  if (!removed.empty()) {
    log.write(base::Severity::kWarning,
              base::concat("Removed untrusted headers (", removed,
                           "). wserve recommends these be removed upstream."));
  }
}

}  // namespace

ByteView scheme_of_proto(ByteView proto) noexcept {
  const auto is = [proto](ByteView name) { return base::equals_ignoring_case(proto, name); };
  return is("https") || is("wss") ? "https" : is("http") || is("ws") ? "http" : "";
}

std::optional<MalformedHeader> apply_proxy_policy(const ProxyPolicy& policy,
                                                  const Endpoint& endpoint, Environ& environ,
                                                  base::Log& log) {
  if (!has_any(environ, std::make_index_sequence<kProxyOnlyHeaders>())) {
    return std::nullopt;
  }
  ProxyHeaderSet believed;
  if (!policy.headers.is_empty() && policy.peers.trusts(endpoint)) {
    Engine engine(policy, environ, log);
    if (!engine.run()) {
      return engine.take_problem();
    }
    believed = engine.believed();
  }
  if (policy.clear_untrusted) {
    clear_unbelieved(policy, believed, environ, log);
  }
  return std::nullopt;
}

}  // namespace wserve::gateway
