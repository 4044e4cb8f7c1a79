// The loop of a connection.
#include "fuzz/memory_connection.h"

#include <unistd.h>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "net/connection/refusal_page.h"

namespace wserve::fuzz {

using app::ByteView;
using app::Status;
using app::Then;

namespace {

constexpr http::HttpDate::Text kDate = {'S', 'u', 'n', ',', ' ', '0', '6', ' ', 'N', 'o',
                                        'v', ' ', '1', '9', '9', '4', ' ', '0', '8', ':',
                                        '4', '9', ':', '3', '7', ' ', 'G', 'M', 'T'};

}  // namespace

class MemoryConnection::Sink final : public app::ResponseSink {
 public:
  Status push(std::span<const ByteView> pieces, Then then) override {
    EXPECT(!is_closed);
    for (const ByteView piece : pieces) {
      bytes += piece;
    }
    is_closed = then == Then::kClose || then == Then::kCut;
    is_answered = is_answered || then != Then::kMore;
    return {};
  }
  Status push_file(app::FilePart part) override {
    bytes.append(part.size, 'f');
    return {};
  }
  [[nodiscard]] app::PeerState peer_state() const noexcept override {
    return app::PeerState::kPresent;
  }
  Status detach(base::UniqueFd& /*fd*/, std::string& /*ahead*/) override {
    return base::Code::kState;
  }
  void last_released() noexcept override { delete this; }

  std::string bytes;
  bool is_closed = false;
  bool is_answered = false;
};

MemoryConnection::MemoryConnection(std::shared_ptr<const app::Service> service,
                                   app::Application& application)
    : service_(std::move(service)),
      pool_(app::ExchangePool::make(service_)),
      sink_(new Sink),
      application_(application) {
  begin_request();
}

MemoryConnection::~MemoryConnection() = default;

bool MemoryConnection::is_closed() const {
  return sink_->is_closed;
}

const std::string& MemoryConnection::output() const {
  return sink_->bytes;
}

void MemoryConnection::begin_request() {
  incoming_.exchange = pool_->acquire();
  incoming_.parser.restart(service_->limits);
}

void MemoryConnection::feed(ByteView bytes) {
  using Progress = http::RequestParser::Progress;
  while (!bytes.empty() && !is_closed()) {
    switch (incoming_.parser.feed(bytes, incoming_.exchange->request())) {
      case Progress::kNeedsMore:
        static_cast<void>(incoming_.parser.take_continue_wish(incoming_.exchange->request()));
        EXPECT(bytes.empty());
        break;
      case Progress::kHead:  // the limits do not ask for it
        EXPECT(false);
        break;
      case Progress::kReady:
        answer();
        break;
      case Progress::kRefused:
        refuse();
        break;
    }
  }
}

void MemoryConnection::answer() {
  gateway::Endpoint endpoint;
  endpoint.peer_address = *base::IpAddress::parse("127.0.0.1");
  endpoint.peer_port = 8080;
  endpoint.server_port = 80;
  sink_->is_answered = false;
  incoming_.exchange->open(endpoint, base::Ref<app::ResponseSink>(sink_.get()), kDate, true);
  app::InlineDispatcher(application_, service_->log).submit(std::move(incoming_.exchange));
  EXPECT(sink_->is_answered);
  begin_request();
}

void MemoryConnection::refuse() {
  const std::string page =
      net::render_refusal(incoming_.parser.refusal(), incoming_, *service_, kDate);
  const ByteView bytes = page;
  refusal_size_ = page.size();
  static_cast<void>(sink_->push({&bytes, 1}, Then::kClose));
}

}  // namespace wserve::fuzz
