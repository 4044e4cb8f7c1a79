// What a connection needs only while a request is coming in; lent by the loop, so that an idle
// connection is small.
#pragma once

#include <string>

#include "app/exchange.h"
#include "http/request_parser.h"

namespace wserve::net {

struct Intake {
  http::RequestParser parser;
  base::Ref<app::Exchange> exchange;
  std::string input;  // read, but not yet parsed
};

}  // namespace wserve::net
