// An event loop whose time the test decides, turned on the test's own thread, and clients of it.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/inline_dispatcher.h"
#include "net/loop.h"
#include "support/capturing_log.h"
#include "support/cmocka.h"
#include "support/fake_clock.h"

namespace wserve::tests {

// "/hold" keeps the exchange for the test, "/started" sends a first piece of its answer before
// that,
// "/big" answers with big_size bytes, "/special" as the test wants, all others with "hello".
class LoopApp final : public app::Application {
 public:
  base::Status handle(app::Exchange& exchange) override {
    const base::ByteView path = exchange.environ().get("PATH_INFO");
    if (path == "/big") {
      return exchange.reply(200, "", std::string(big_size, 'b'));
    }
    if (path == "/hold" || path == "/started") {
      static_cast<void>(exchange.defer());
      held = base::Ref<app::Exchange>(&exchange);
      if (path == "/started") {
        static_cast<void>(exchange.response().start(200, {}));
        return exchange.response().write("piece");
      }
      return {};
    }
    if (path == "/special") {
      return special(exchange);
    }
    if (before_hello) {
      before_hello();
    }
    return exchange.reply(200, "", "hello");
  }

  std::size_t big_size = 8'000'000;
  std::function<void()> before_hello;
  std::function<base::Status(app::Exchange&)> special;
  base::Ref<app::Exchange> held;
};

// A Unix socket: what one end does is seen by the other at once.
class LoopClient {
 public:
  explicit LoopClient(const sockaddr_un& address, socklen_t size)
      : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    assert_int_equal(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size),
                     0);
  }
  void send(std::string_view bytes) const {
    static_cast<void>(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  // What has come, at most so much.
  std::string receive(std::size_t most = 1 << 24) {
    std::string got;
    std::vector<char> piece(65536);
    while (got.size() < most) {
      const std::size_t wanted = std::min(piece.size(), most - got.size());
      const ssize_t n = ::recv(socket_.get(), piece.data(), wanted, MSG_DONTWAIT);
      has_ended = has_ended || n == 0 || (n < 0 && errno == ECONNRESET);
      if (n <= 0) {
        break;
      }
      got.append(piece.data(), static_cast<std::size_t>(n));
    }
    return got;
  }
  void close() { socket_.reset(); }
  bool has_ended = false;

 private:
  base::UniqueFd socket_;
};

struct LoopFixture {
  FakeClock clock;
  std::shared_ptr<CapturingLog> log = std::make_shared<CapturingLog>();
  std::shared_ptr<app::Service> service = std::make_shared<app::Service>(
      log, gateway::Site{}, std::shared_ptr<const base::Clock>(std::shared_ptr<void>(), &clock));
  net::LoopSettings settings;
  bool speaks_proxy = false;  // the listener; who connects is trusted
  net::StopRequest stop;
  net::ConnectionCounts connection_counts;
  net::LoopStats stats;
  net::Listeners listeners;
  LoopApp application;
  app::InlineDispatcher dispatcher{application, *log};
  std::unique_ptr<net::Loop> loop;
  sockaddr_un address{};
  socklen_t address_size = 0;

  LoopFixture() {
    settings.runs_inline = true;
    settings.outbox.queue.storage = &service->storage;
    settings.cleanup_interval = base::Millis(0);
  }
  ~LoopFixture() { application.held.reset(); }
  LoopFixture(const LoopFixture&) = delete;
  LoopFixture& operator=(const LoopFixture&) = delete;

  // Once the settings are as the test wants them.
  void open() {
    // The kernel finds a name for it.
    const base::UniqueFd bound(::socket(AF_UNIX, SOCK_STREAM, 0));
    address.sun_family = AF_UNIX;
    assert_int_equal(
        ::bind(bound.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)), 0);
    address_size = sizeof address;
    ::getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &address_size);
    std::vector<net::ListenSpec> specs(1);
    specs.front().kind = net::ListenSpec::Kind::kDescriptor;
    specs.front().descriptor = bound.get();
    specs.front().speaks_proxy = speaks_proxy;
    assert_true(gateway::TrustedPeers::parse("unix:", service->proxy.edit().peers).is_ok());
    assert_true(listeners.bind(specs, {}).is_ok());
    const net::LoopTools tools{.settings = settings,
                               .stop = stop,
                               .connection_counts = connection_counts,
                               .listeners = listeners,
                               .clock = clock,
                               .dispatcher = dispatcher,
                               .service = service};
    loop = std::make_unique<net::Loop>(tools, stats);
    assert_true(loop->open().is_ok());
  }
  // Handles all that can be handled now. False when the loop has stopped.
  bool turn() {
    bool goes_on = true;
    for (int i = 0; i < 20 && goes_on; ++i) {
      goes_on = loop->turn(base::Millis(0));
    }
    return goes_on;
  }
  // Time in which the loop turns.
  void pass(base::Millis time) {
    constexpr base::Millis kStep{250};
    for (; time > kStep; time -= kStep) {
      clock.advance(kStep);
      static_cast<void>(loop->turn(base::Millis(0)));
    }
    clock.advance(time);
    turn();
  }
  // Time in which the process stands still.
  void pause(base::Millis time) {
    clock.advance(time);
    turn();
  }
  LoopClient client() {
    LoopClient connected(address, address_size);
    turn();
    return connected;
  }
  LoopClient client(std::string_view request) {
    LoopClient connected = client();
    connected.send(request);
    turn();
    return connected;
  }
  unsigned connections() const { return connection_counts.connections.load(); }
};

}  // namespace wserve::tests
