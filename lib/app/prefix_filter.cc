// From an exchange to the rules, and on to the next.
#include "app/prefix_filter.h"

#include "app/exchange.h"

namespace wserve::app {

base::Status PrefixFilter::handle(Exchange& exchange, Application& next) {
  const auto malformed = gateway::apply_prefix(settings_, exchange.request(), exchange.endpoint(),
                                               exchange.service().proxy.now(), exchange.environ(),
                                               exchange.service().log);
  if (malformed) {
    exchange.refuse_malformed(*malformed);
    return {};
  }
  return next.handle(exchange);
}

}  // namespace wserve::app
