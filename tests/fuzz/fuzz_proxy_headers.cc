// Forwarded and X-Forwarded-*: two bytes of policy, then lines that begin with the number of a
// header.
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "gateway/proxy_headers.h"
#include "gateway/request_marks.h"
#include "http/grammar.h"

using namespace wserve;
using namespace wserve::fuzz;

namespace {

class NoLog final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return true; }
  void write(base::Severity /*severity*/, std::string_view line) noexcept override {
    EXPECT(line.find('\n') == std::string_view::npos);
  }
};

gateway::ProxyPolicy take_policy(Input& input) {
  gateway::ProxyPolicy policy;
  const unsigned bits = input.take_byte();
  const unsigned more = input.take_byte();
  for (const gateway::ProxyHeaderName& name : gateway::kProxyHeaders) {
    // As the options demand: Forwarded alone, or the others; and what tells of the request.
    const bool is_wanted = gateway::is_mark(name.header)
                               ? (more & 8U) != 0
                               : ((bits >> static_cast<unsigned>(name.header)) & 1U) != 0;
    const bool may_be = gateway::is_mark(name.header) || (bits & 1U) == 0 ||
                        name.header == gateway::ProxyHeader::kForwarded;
    if (is_wanted && may_be) {
      policy.headers.insert(name.header);
    }
  }
  const char* peers = (more & 1U) != 0 ? "127.0.0.1 10.0.0.0/8 2001:db8::/32" : "192.0.2.1";
  EXPECT(gateway::TrustedPeers::parse(peers, policy.peers).is_ok());
  policy.count = 1 + (more >> 4U) % 8;
  policy.count_auto = (more & 2U) != 0;
  policy.clear_untrusted = (more & 4U) != 0;
  policy.log_untrusted = true;
  policy.request_id = {"X-Request-ID", "HTTP_X_REQUEST_ID"};
  return policy;
}

void put_headers(Input& input, gateway::Environ& told) {
  told.set("REMOTE_ADDR", "127.0.0.1");
  told.set("REMOTE_HOST", "127.0.0.1");
  told.set("REMOTE_PORT", "8080");
  told.set("SERVER_NAME", "wserve.invalid");
  told.set("SERVER_PORT", "80");
  told.set("SCRIPT_NAME", "");
  told.set("HTTP_HOST", "a");
  told.set("ws.url_scheme", "http");
  while (!input.is_empty()) {
    const auto& name = gateway::kProxyHeaders[input.take_byte() % gateway::kProxyHeaders.size()];
    const ByteView value = base::trim_blanks(input.take_text('\n'));
    if (http::is_field_value(value)) {
      told.set(name.key, value);
    }
  }
}

void expect_sound(const gateway::RequestMarks& marks) {
  EXPECT(marks.id.size() <= 128 && http::is_field_value(marks.id));
  EXPECT(marks.trace_id.empty() || marks.trace_id.size() == 32);
  EXPECT(!marks.proxied_at || marks.proxied_at->count() > 0);
}

void expect_sound(const gateway::Environ& told) {
  for (const gateway::Environ::Entry& entry : told.entries()) {
    EXPECT(http::is_field_value(entry.value));
    EXPECT(entry.value.data()[entry.value.size()] == '\0');
  }
  const ByteView scheme = told.get("ws.url_scheme");
  EXPECT(scheme == "http" || scheme == "https");
  EXPECT(base::parse_port(told.get("SERVER_PORT")).value_or(0) != 0);
  EXPECT(!told.get("REMOTE_ADDR").empty() && !told.get("SERVER_NAME").empty());
  EXPECT(http::is_authority(told.get("HTTP_HOST")));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const gateway::ProxyPolicy policy = take_policy(input);
  base::Arena arena;
  gateway::Environ told;
  told.restart(arena);
  put_headers(input, told);
  gateway::Endpoint endpoint;
  endpoint.peer_address = *base::IpAddress::parse("127.0.0.1");
  const bool is_trusted = policy.peers.trusts(endpoint);
  expect_sound(gateway::read_marks(policy, endpoint, told));
  NoLog log;
  if (gateway::apply_proxy_policy(policy, endpoint, told, log)) {
    EXPECT(is_trusted && !policy.headers.is_empty());
    return 0;
  }
  expect_sound(told);
  for (const gateway::ProxyHeaderName& name : gateway::kProxyHeaders) {
    const bool may_stay =
        (is_trusted && policy.headers.has(name.header)) || gateway::is_for_everybody(name.header);
    EXPECT(may_stay || !policy.clear_untrusted || told.find(name.key) == nullptr);
  }
  EXPECT(is_trusted || told.get("REMOTE_ADDR") == "127.0.0.1");
  return 0;
}
