// Asks with a copy of the environ: the filters have not run yet.
#include "server/stream_choice.h"

#include "app/exchange.h"

namespace wserve::server {

base::Status StreamChoice::handle(app::Exchange& exchange) {
  if (!exchange.request().is_whole) {
    gateway::Environ environ;
    environ.restart(exchange.environ().arena(), exchange.environ());
    exchange.choose_stream(applications_.streams(exchange, environ));
  }
  return next_ != nullptr ? next_->handle(exchange) : base::Status();
}

}  // namespace wserve::server
