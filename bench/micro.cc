// The parts of the hot path, one case each, to be run under callgrind by check_instructions.py:
// each case leaves a dump with its name, and its instructions are counted.
//
// usage: bench_micro [CASE]   with a name only that case runs, often, for a profiler
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include <wserve/request.h>

#include "app/exchange_pool.h"
#include "app/inline_dispatcher.h"
#include "app/response_writer.h"
#include "base/clock.h"
#include "base/text.h"
#include "capi/callbacks.h"
#include "gateway/make_environ.h"
#include "gateway/proxy_headers.h"
#include "http/request_parser.h"
#include "net/loop.h"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else  // the cases run, and nothing counts them
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) static_cast<void>(name)
#endif

namespace {

using namespace wserve;  // NOLINT(google-build-using-namespace): all rooms are measured
using base::ByteView;

constexpr unsigned kWarmUp = 20;
constexpr unsigned kRounds = 200;
constexpr unsigned kProfilerRounds = 5000;

constexpr ByteView kHello = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

constexpr ByteView kBrowser =
    "GET /articles/2024?page=3 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "X-Forwarded-For: 203.0.113.9\r\n"
    "X-Forwarded-Proto: https\r\n"
    "X-Forwarded-Host: www.example.com\r\n"
    "X-Forwarded-Port: 443\r\n"
    "X-Request-Id: 0b7d9a3e5c1f48269d8e7f6a5b4c3d2e\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; token=abcdefghijklmnop\r\n"
    "Cache-Control: max-age=0\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: none\r\n"
    "Priority: u=0, i\r\n"
    "\r\n";

class SilentLog final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return false; }
  void write(base::Severity /*severity*/, ByteView /*line*/) noexcept override {}
};

class NullSink final : public app::ResponseSink {
 public:
  app::Status push(std::span<const ByteView> /*pieces*/, app::Then /*then*/) override { return {}; }
  app::Status push_file(app::FilePart /*part*/) override { return {}; }
  [[nodiscard]] app::PeerState peer_state() const noexcept override {
    return app::PeerState::kPresent;
  }
  app::Status detach(base::UniqueFd& /*fd*/, std::string& /*ahead*/) override {
    return base::Code::kState;
  }
  void last_released() noexcept override { delete this; }
};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "micro: %s\n", what);
  std::exit(1);
}

void require(bool holds, const char* what) {
  if (!holds) {
    fail(what);
  }
}

ByteView only;  // the one case to be run; empty: all

void repeat(unsigned rounds, const std::function<void()>& body) {
  for (unsigned i = 0; i < rounds; ++i) {
    body();
  }
}

// Runs `body` some times unseen, so that pools and buffers are there, then counts it.
void measure(const char* name, const std::function<void()>& body) {
  if (!only.empty()) {
    repeat(only == name ? kProfilerRounds : 0, body);
    return;
  }
  repeat(kWarmUp, body);
  CALLGRIND_ZERO_STATS;
  repeat(kRounds, body);
  CALLGRIND_DUMP_STATS_AT(name);
}

std::shared_ptr<app::Service> make_service() {
  auto service = std::make_shared<app::Service>(std::make_shared<SilentLog>());
  static_cast<void>(gateway::TrustedPeers::parse("127.0.0.1", service->proxy.edit().peers));
  for (const auto header : {gateway::ProxyHeader::kFor, gateway::ProxyHeader::kProto,
                            gateway::ProxyHeader::kHost, gateway::ProxyHeader::kPort}) {
    service->proxy.edit().headers.insert(header);
  }
  return service;
}

gateway::Endpoint local_peer() {
  gateway::Endpoint endpoint;
  endpoint.peer_address = *base::IpAddress::parse("127.0.0.1");
  endpoint.peer_port = 40000;
  endpoint.server_port = 8080;
  return endpoint;
}

void parse(http::RequestParser& parser, const app::Service& service, ByteView input,
           http::Request& request) {
  parser.restart(service.limits);
  require(parser.feed(input, request) == http::RequestParser::Progress::kReady, "not parsed");
}

void measure_parser(const char* name, const app::Service& service, ByteView input) {
  http::RequestParser parser;
  http::Request request;
  measure(name, [&] {
    parse(parser, service, input, request);
    request.reset();
  });
}

void measure_environ(const char* name, const app::Service& service, ByteView input) {
  http::RequestParser parser;
  http::Request parsed;
  parse(parser, service, input, parsed);
  // The same request with an arena that each round may empty.
  http::Request request;
  request.method = parsed.method;
  request.target = parsed.target;
  request.uri = parsed.uri;
  request.fields = parsed.fields;
  gateway::Environ environ;
  gateway::EndpointTexts ends;
  const gateway::Endpoint endpoint = local_peer();
  measure(name, [&] {
    request.arena.reset();
    ends.describe(endpoint);
    gateway::make_environ(request, ends, service.environ_form, environ);
    require(!gateway::apply_proxy_policy(service.proxy.now(), endpoint, environ, service.log),
            "a malformed proxy header");
  });
}

void measure_response_head(const char* name) {
  const base::Ref<NullSink> sink(new NullSink);
  app::ResponseWriter writer;
  measure(name, [&] {
    writer.restart({.sink = sink.get(), .keep_alive = true, .ident = "wserve"});
    static_cast<void>(writer.reply(200, "text/plain; charset=utf-8", "Hello, World!\n"));
  });
}

void measure_chunks(const char* name) {
  std::string body;
  for (unsigned i = 0; i < 16; ++i) {
    body += "400\r\n" + std::string(1024, 'x') + "\r\n";
  }
  body += "0\r\n\r\n";
  http::ChunkDecoder decoder;
  measure(name, [&] {
    decoder.restart(1 << 20, 1 << 20);
    ByteView rest = body;
    ByteView data;
    auto progress = http::ChunkDecoder::Progress::kData;
    while (progress == http::ChunkDecoder::Progress::kData) {
      progress = decoder.decode(rest, data);
    }
    require(progress == http::ChunkDecoder::Progress::kDone, "chunks not decoded");
  });
}

ws_status say_hello(ws_request* request, void* /*data*/) {
  return ws_request_reply(request, 200, "text/plain; charset=utf-8", "Hello, World!\n", 14);
}

// A loop that runs the application itself, and one client of it, on one thread.
class Bench {
 public:
  explicit Bench(std::shared_ptr<const app::Service> service)
      : application_(say_hello, nullptr),
        dispatcher_(application_, service->log),
        loop_({.settings = settings_,
               .stop = stop_,
               .connection_counts = connection_counts_,
               .listeners = listeners_,
               .clock = clock_,
               .dispatcher = dispatcher_,
               .service = std::move(service)},
              stats_) {
    settings_.runs_inline = true;
    std::vector<net::ListenSpec> specs(1);
    const bool is_bound = net::parse_listen_spec("127.0.0.1:0", {}, specs.front()).is_ok() &&
                          listeners_.bind(specs, {}).is_ok() && loop_.open().is_ok();
    require(is_bound, "cannot listen");
    connect();
  }

  // Sends the requests in one piece and reads until all are answered.
  void exchange(ByteView requests, unsigned answers) {
    require(::send(client_.get(), requests.data(), requests.size(), 0) ==
                static_cast<ssize_t>(requests.size()),
            "cannot send");
    const std::size_t expected = answers * answer_size_;
    std::size_t got = 0;
    while (got < expected || got == 0) {
      static_cast<void>(loop_.turn(base::Millis(-1)));
      const ssize_t n = ::recv(client_.get(), input_.data(), input_.size(), MSG_DONTWAIT);
      got += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    answer_size_ = got / answers;
  }

 private:
  void connect() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(listeners_.port(0)));
    client_.reset(::socket(AF_INET, SOCK_STREAM, 0));
    require(::connect(client_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
            "cannot connect");
    static_cast<void>(loop_.turn(base::Millis(-1)));
  }

  net::LoopSettings settings_;
  net::StopRequest stop_;
  net::ConnectionCounts connection_counts_;
  net::LoopStats stats_;
  base::SystemClock clock_;
  capi::CallbackApp application_;
  app::InlineDispatcher dispatcher_;
  net::Listeners listeners_;
  net::Loop loop_;
  base::UniqueFd client_;
  std::size_t answer_size_ = 0;  // learnt from the first
  std::array<char, 65536> input_{};
};

void measure_whole_requests(const std::shared_ptr<const app::Service>& service) {
  Bench bench(service);
  measure("request: hello", [&] { bench.exchange(kHello, 1); });
  measure("request: 17 fields", [&] { bench.exchange(kBrowser, 1); });
  std::string pipelined;
  for (unsigned i = 0; i < 16; ++i) {
    pipelined += kHello;
  }
  measure("request: 16 pipelined", [&] { bench.exchange(pipelined, 16); });
}

}  // namespace

int main(int argc, char** argv) {
  only = argc > 1 ? argv[1] : "";
  const std::shared_ptr<app::Service> service = make_service();
  measure_parser("gate and parser: hello", *service, kHello);
  measure_parser("gate and parser: 17 fields", *service, kBrowser);
  measure_environ("environ and proxy policy: hello", *service, kHello);
  measure_environ("environ and proxy policy: 17 fields", *service, kBrowser);
  measure_response_head("response head");
  measure_chunks("chunk decoder: 16 KiB in 16 chunks");
  measure_whole_requests(service);
}
