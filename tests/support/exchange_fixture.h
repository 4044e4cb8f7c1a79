// Exchanges without a connection: a parsed request whose answer goes to a recording sink.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/exchange_pool.h"
#include "http/request_parser.h"
#include "support/capturing_log.h"
#include "support/recording_sink.h"

namespace wserve::tests {

// An application that is a function of the test's.
class TestApp final : public app::Application {
 public:
  using Function = std::function<base::Status(app::Exchange&)>;
  explicit TestApp(Function function) : function_(std::move(function)) {}
  base::Status handle(app::Exchange& exchange) override { return function_(exchange); }

 private:
  Function function_;
};

struct ExchangeFixture {
  std::shared_ptr<CapturingLog> log = std::make_shared<CapturingLog>();
  std::shared_ptr<app::Service> service = std::make_shared<app::Service>(log);
  app::ExchangePool::Owner pool = app::ExchangePool::make(service);
  base::Ref<RecordingSink> sink{new RecordingSink};

  base::Ref<app::Exchange> exchange(base::ByteView input) {
    base::Ref<app::Exchange> made = pool->acquire();
    http::RequestParser parser;
    parser.restart(service->limits);
    static_cast<void>(parser.feed(input, made->request()));
    gateway::Endpoint endpoint;
    endpoint.peer_address = *base::IpAddress::parse("127.0.0.1");
    made->open(endpoint, base::Ref<app::ResponseSink>(sink.get()), {}, true);
    return made;
  }
  base::Ref<app::Exchange> exchange() { return exchange("GET /p HTTP/1.1\r\nHost: a\r\n\r\n"); }
};

}  // namespace wserve::tests
