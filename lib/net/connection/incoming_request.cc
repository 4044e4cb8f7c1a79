// How far a request that is observed has come.
#include "net/connection/incoming_request.h"

namespace wserve::net {

using app::Moment;
using Progress = http::RequestParser::Progress;

void IncomingRequest::on_progress(Progress progress, std::size_t bytes) {
  seen->add_received(bytes);
  if (progress == Progress::kNeedsMore) {
    return;
  }
  if (exchange) {
    seen->keep_head(exchange->request());
  }
  if (progress != Progress::kRefused) {
    seen->reach(Moment::kHead);
  }
  if (progress == Progress::kReady) {
    seen->reach(Moment::kWhole);
  }
}

}  // namespace wserve::net
