// From an exchange to the rules, and on to the next.
#include "app/prefix_filter.h"

#include "app/exchange.h"

namespace wserve::app {

namespace {

// What is foreseen is said when it has come.
class NoLog final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return false; }
  void write(base::Severity /*severity*/, std::string_view /*line*/) noexcept override {}
};

}  // namespace

base::Status PrefixFilter::handle(Exchange& exchange, Application& next) {
  if (const auto malformed = apply(exchange, exchange.environ(), exchange.service().log)) {
    exchange.refuse_malformed(*malformed);
    return {};
  }
  return next.handle(exchange);
}

void PrefixFilter::foresee(Exchange& exchange, gateway::Environ& environ) {
  NoLog none;
  static_cast<void>(apply(exchange, environ, none));
}

std::optional<gateway::MalformedHeader> PrefixFilter::apply(Exchange& exchange,
                                                            gateway::Environ& environ,
                                                            base::Log& log) const {
  return gateway::apply_prefix(settings_, exchange.request(), exchange.endpoint(),
                               exchange.service().proxy.now(), environ, log);
}

}  // namespace wserve::app
