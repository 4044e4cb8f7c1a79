// Runs the engine and compares what came with what was left.
#include "gateway/explain_proxy.h"

#include <algorithm>
#include <new>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "gateway/hop_list.h"
#include "gateway/make_environ.h"
#include "gateway/node.h"
#include "gateway/proxy_headers.h"
#include "gateway/request_marks.h"

namespace wserve::gateway {

using base::concat;

namespace {

class WarningList final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return true; }
  void write(base::Severity /*severity*/, std::string_view line) noexcept override {
    try {
      base::append(text, concat("warning: ", line, '\n'));
    } catch (...) {
      is_incomplete = true;
    }
  }

  std::string text;
  bool is_incomplete = false;  // there was no memory
};

constexpr std::array kTold = {"REMOTE_ADDR",   "REMOTE_HOST", "REMOTE_PORT",
                              "SERVER_NAME",   "SERVER_PORT", "HTTP_HOST",
                              "ws.url_scheme", "SCRIPT_NAME", "PATH_INFO"};

class Explanation {
 public:
  Explanation(const ProxyPolicy& policy, const Site& site, const Endpoint& endpoint,
              http::Request& request)
      : policy_(policy), endpoint_(endpoint), is_trusted_(policy.peers.trusts(endpoint)) {
    const EnvironForm form(site);
    ends_.describe(endpoint);
    make_environ(request, ends_, form, sent_);
    make_environ(request, ends_, form, told_);
    malformed_ = apply_proxy_policy(policy, endpoint, told_, warnings_);
  }

  std::string write(ByteView trusted_proxy) {
    write_peer(trusted_proxy);
    write_policy();
    for (const ProxyHeaderName& name : kProxyHeaders) {
      const ProxyHeaderName named = as_named(name);
      if (sent_.find(named.key) != nullptr) {
        is_mark(name.header) ? write_mark(named) : write_header(named);
      }
    }
    if (warnings_.is_incomplete) {
      throw std::bad_alloc();
    }
    text_ += warnings_.text;
    malformed_ ? write_refusal() : write_environ();
    return std::move(text_);
  }

 private:
  void write_peer(ByteView trusted_proxy) {
    text_ += concat("peer ", endpoint_.is_unix ? "unix:" : peer_text(endpoint_), ": ",
                    is_trusted_ ? "trusted" : "not trusted", ", trusted_proxy is ",
                    trusted_proxy.empty() ? "empty" : trusted_proxy, '\n');
  }

  void write_policy() {
    if (!is_trusted_) {
      return;
    }
    text_ += policy_.count_auto ? "hops that count: those of trusted proxies, and the next one\n"
                                : concat("hops that count: the last ", policy_.count, '\n');
  }

  // A list is taken apart; of a single value there is nothing to take apart.
  void write_header(const ProxyHeaderName& name) {
    const ByteView sent = sent_.get(name.key);
    text_ += concat(name.title, ": ", sent, '\n');
    if (!is_trusted_) {
      text_ += "  dropped: the peer is not trusted\n";
    } else if (!policy_.headers.has(name.header)) {
      text_ += concat("  dropped: trusted_proxy_headers has no ", name.option, '\n');
    } else if (!malformed_) {
      write_hops(name, sent);
    }
  }

  [[nodiscard]] ProxyHeaderName as_named(const ProxyHeaderName& name) const {
    const bool is_own = name.header == ProxyHeader::kRequestId && policy_.gives_ids();
    return is_own ? ProxyHeaderName{name.header, name.option, policy_.request_id.title,
                                    policy_.request_id.key}
                  : name;
  }

  void write_mark(const ProxyHeaderName& name) {
    text_ += concat(name.title, ": ", sent_.get(name.key), '\n');
    const bool is_named = policy_.headers.has(name.header);
    if (is_trusted_ && is_named) {
      text_ += is_read(name.header) ? "  taken\n" : "  passed over: it cannot be read\n";
      return;
    }
    text_ += told_.find(name.key) == nullptr ? "  dropped: " : "  passed over: ";
    text_ += !is_trusted_ ? std::string("the peer is not trusted\n")
                          : concat("trusted_proxy_headers has no ", name.option, '\n');
  }

  [[nodiscard]] bool is_read(ProxyHeader header) const {
    const RequestMarks marks = read_marks(policy_, endpoint_, sent_);
    return header == ProxyHeader::kRequestStart ? marks.proxied_at.has_value()
           : header == ProxyHeader::kRequestId  ? !marks.id.empty()
                                                : !marks.trace_id.empty();
  }

  void write_hops(const ProxyHeaderName& name, ByteView sent) {
    if (name.header == ProxyHeader::kBy || name.header == ProxyHeader::kServer ||
        name.header == ProxyHeader::kScheme) {
      text_ += "  trusted, and cut to the hops that count; no part of the environ comes from it\n";
      return;
    }
    const std::vector<ByteView> hops = items_of(sent);
    const std::size_t kept = items_of(told_.get(name.key)).size();
    for (std::size_t i = 0; i < hops.size(); ++i) {
      const char* verdict = i + kept < hops.size()    ? "dropped: beyond the hops that count"
                            : i + kept == hops.size() ? "taken: the farthest hop that counts"
                                                      : "passed over: a nearer hop";
      text_ += concat("  ", hops[i], "  ", verdict, '\n');
    }
  }

  static std::vector<ByteView> items_of(ByteView list) {
    std::vector<ByteView> items;
    while (!list.empty()) {
      items.push_back(take_last_item(list));
    }
    std::reverse(items.begin(), items.end());
    return items;
  }

  void write_refusal() {
    text_ += concat("answer: 400, ", malformed_->header, " is malformed: ", malformed_->reason,
                    ": ", malformed_->value, '\n');
  }

  void write_environ() {
    text_ += "environ:\n";
    for (const char* key : kTold) {
      if (const auto* entry = told_.find(key)) {
        const bool is_changed = entry->value != sent_.get(key);
        text_ += concat("  ", key, " = ", entry->value,
                        is_changed ? concat("  (was ", sent_.get(key), ')') : "", '\n');
      }
    }
    for (const ProxyHeaderName& name : kProxyHeaders) {
      const auto* entry = told_.find(name.key);
      if (entry != nullptr && !is_for_everybody(name.header)) {
        text_ += concat("  ", name.key, " = ", entry->value, '\n');
      }
    }
    write_request_id();
  }

  // The application finds it under two names.
  void write_request_id() {
    if (!policy_.gives_ids()) {
      return;
    }
    const RequestMarks marks = read_marks(policy_, endpoint_, sent_);
    const ByteView id = marks.id.empty() ? "(made for each request)" : marks.id;
    text_ += concat("  ", policy_.request_id.key, " = ", id, "\n  ws.request_id = ", id, '\n');
  }

  const ProxyPolicy& policy_;
  const Endpoint& endpoint_;
  const bool is_trusted_;
  EndpointTexts ends_;
  Environ sent_;
  Environ told_;
  WarningList warnings_;
  std::optional<MalformedHeader> malformed_;
  std::string text_;
};

}  // namespace

std::string explain_proxy(const ProxyPolicy& policy, ByteView trusted_proxy, const Site& site,
                          const Endpoint& endpoint, http::Request& request) {
  return Explanation(policy, site, endpoint, request).write(trusted_proxy);
}

}  // namespace wserve::gateway
