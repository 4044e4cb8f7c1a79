// A request made of the fields alone, for the engine to judge.
#include "server/explain.h"

#include "base/text.h"
#include "gateway/explain_proxy.h"
#include "gateway/peer.h"
#include "http/request_parser.h"
#include "http/request_text.h"
#include "server/make_service.h"

namespace wserve::server {

using base::ByteView;
using base::Code;
using base::Status;

Status explain_proxy(const Settings& settings, std::shared_ptr<base::Log> log, ByteView peer,
                     ByteView fields, std::string& text) {
  gateway::Endpoint endpoint;
  endpoint.server_port = base::parse_port(settings.port).value_or(0);
  if (Status read = gateway::read_peer(peer, endpoint); !read.is_ok()) {
    return read;
  }
  const std::shared_ptr<app::Service> service = make_service(settings, 1, std::move(log));
  const std::string head = http::make_request_head(fields);
  http::RequestParser parser;
  parser.restart(service->limits);
  http::Request request;
  ByteView input = head;
  if (parser.feed(input, request) != http::RequestParser::Progress::kReady) {
    return {Code::kInvalid,
            base::concat("no request can have these fields: ", parser.refusal().detail)};
  }
  text = gateway::explain_proxy(service->proxy.now(), settings.trusted_proxy, service->site,
                                endpoint, request);
  return {};
}

}  // namespace wserve::server
