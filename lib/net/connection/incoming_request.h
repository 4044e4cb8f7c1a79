// What a connection needs only while a request is coming in; lent by the loop, so that an idle
// connection is small.
#pragma once

#include <cstdint>
#include <string>

#include "app/exchange.h"
#include "http/request_parser.h"

namespace wserve::net {

struct IncomingRequest {
  http::RequestParser parser;
  base::Ref<app::Exchange> exchange;
  std::string input;  // read, but not yet parsed

  // While a request is answered whose body was not whole; else null.
  base::Ref<app::BodyStream> stream;
  bool is_discarding = false;  // the rest of a body that nobody wants
  std::uint64_t received = 0;  // of the body that is streamed or discarded

  // Null: nobody observes.
  base::Ref<app::Observation> seen;
  void observe(const app::Observers& observers, const gateway::Endpoint& endpoint,
               base::Micros accepted) {
    seen = app::Observation::make(observers, endpoint, accepted);
    exchange->observe(seen);
  }
  // The parser has read so many bytes more.
  void on_progress(http::RequestParser::Progress progress, std::size_t bytes);
};

}  // namespace wserve::net
