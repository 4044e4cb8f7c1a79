// Whole connections: any bytes in, whole and in pieces; the same answers out, each of them a
// message that a client can read, as many as there were requests.
#include <cstring>

#include "app/response_writer.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/memory_connection.h"

using namespace wserve;
using namespace wserve::fuzz;

namespace {

// Answers in many ways and remembers what it was asked: the last letter of the path chooses how.
class Answers final : public app::Application {
 public:
  base::Status handle(app::Exchange& exchange) override {
    const ByteView path = exchange.request().uri.path;
    std::string body(static_cast<std::size_t>(exchange.body_size()), '\0');
    std::size_t got = 0;
    EXPECT(exchange.read(body.data(), body.size(), got).is_ok() && got == body.size());
    requests.push_back(base::concat(exchange.request().method, ' ', path, ' ', body));
    return answer(exchange, path.empty() ? '\0' : path.back(), body);
  }

  std::vector<std::string> requests;  // "METHOD PATH BODY"

 private:
  static base::Status answer(app::Exchange& exchange, char how, ByteView body) {
    app::ResponseWriter& response = exchange.response();
    switch (how) {
      case 'a':  // chunks and a trailer
        static_cast<void>(response.start(200, {}));
        static_cast<void>(response.add_trailer("X-Trailer", "1"));
        static_cast<void>(response.write("one"));
        return response.write(body);
      case 'b':  // what the request says, as a field
        static_cast<void>(response.start(200, "Fine"));
        static_cast<void>(response.add_field("X-Echo", body));
        return response.add_field(body, "x");
      case 'c':  // too little
        static_cast<void>(response.start(200, {}));
        static_cast<void>(response.add_field("Content-Length", "9"));
        return response.write("four");
      case 'd':  // too much
        static_cast<void>(response.start(200, {}));
        static_cast<void>(response.add_field("Content-Length", "2"));
        return response.write("three");
      case 'e':
        return response.start(204, {});
      case 'f':
        return base::Code::kApplication;
      case 'g':  // nothing
        return {};
      case 'h':
        static_cast<void>(response.interim(103));
        return exchange.reply(404, "text/plain", "no");
      case 'i':  // a failure in the middle
        static_cast<void>(response.start(200, {}));
        static_cast<void>(response.write("begun"));
        return base::Code::kApplication;
      default:
        return exchange.reply(200, "text/plain", body);
    }
  }
};

class NoLog final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return false; }
  void write(base::Severity /*severity*/, std::string_view /*line*/) noexcept override {}
};

std::shared_ptr<const app::Service> make_service(unsigned bits) {
  gateway::Site site = {.url_prefix = (bits & 1U) != 0 ? "/p" : ""};
  auto service = std::make_shared<app::Service>(std::make_shared<NoLog>(), std::move(site));
  service->limits.max_head_bytes = 1024;
  service->limits.head.max_fields = 16;
  service->limits.max_body_bytes = 4096;
  service->limits.max_chunk_overhead = 1024;
  if ((bits & 2U) != 0) {
    EXPECT(gateway::TrustedPeers::parse("127.0.0.0/8", service->proxy.edit().peers).is_ok());
    service->proxy.edit().headers.insert(gateway::ProxyHeader::kFor);
    service->proxy.edit().headers.insert(gateway::ProxyHeader::kProto);
  }
  service->is_draining = (bits & 4U) != 0;
  return service;
}

void feed(MemoryConnection& connection, ByteView input, std::size_t piece) {
  while (!input.empty()) {
    connection.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
  }
}

ByteView field_of(ByteView head, ByteView name) {
  const std::size_t at = head.find(base::concat("\r\n", name, ": "));
  if (at == ByteView::npos) {
    return {};
  }
  const ByteView rest = head.substr(at + name.size() + 4);
  return rest.substr(0, rest.find("\r\n"));
}

// Takes a chunked body and its trailers off the front; false when it does not end.
bool skip_chunks(ByteView& output) {
  for (;;) {
    const std::size_t line = output.find("\r\n");
    if (line == ByteView::npos) {
      return false;
    }
    const std::size_t size = std::strtoul(std::string(output.substr(0, line)).c_str(), nullptr, 16);
    output.remove_prefix(line + 2);
    if (size == 0) {
      const bool has_trailers = !output.starts_with("\r\n");
      const std::size_t end = has_trailers ? output.find("\r\n\r\n") : 0;
      EXPECT(end != ByteView::npos);
      output.remove_prefix(end + (has_trailers ? 4 : 2));
      return true;
    }
    EXPECT(output.substr(size, 2) == "\r\n");
    output.remove_prefix(size + 2);
  }
}

// Takes one message off the front: its status. It may be cut short only at the very end.
int take_message(ByteView& output, bool is_to_head) {
  const std::size_t end = output.find("\r\n\r\n");
  EXPECT(end != ByteView::npos && output.starts_with("HTTP/1."));
  const ByteView head = output.substr(0, end + 2);
  output.remove_prefix(end + 4);
  const int status = std::atoi(std::string(head.substr(9, 3)).c_str());
  EXPECT(head.find('\0') == ByteView::npos);
  if (status < 200 || status == 204 || status == 304 || is_to_head) {
    return status;
  }
  const ByteView length = field_of(head, "Content-Length");
  if (!length.empty()) {
    const std::size_t size = std::strtoul(std::string(length).c_str(), nullptr, 10);
    output.remove_prefix(std::min(size, output.size()));
  } else if (field_of(head, "Transfer-Encoding") == "chunked") {
    if (!skip_chunks(output)) {
      output = {};
    }
  } else {
    EXPECT(field_of(head, "Connection") == "close");
    output = {};
  }
  return status;
}

// One final answer for each request, and one for the refusal.
void expect_answers(const MemoryConnection& connection, const std::vector<std::string>& requests) {
  ByteView output = connection.output();
  std::size_t answers = 0;
  std::size_t expected = requests.size();
  for (const std::string& request : requests) {
    while (!output.empty() && take_message(output, request.starts_with("HEAD ")) < 200) {
    }
    ++answers;
  }
  EXPECT(answers == expected);
  // What is left answers requests that the proxy policy, or the parser, has refused.
  EXPECT(output.size() >= connection.refusal_size());
  while (!output.empty()) {
    EXPECT(take_message(output, false) >= 400 || output.empty());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const unsigned bits = input.take_byte();
  const std::size_t piece = 1 + (bits >> 3U);
  const auto service = make_service(bits);
  Answers to_whole;
  Answers to_pieces;
  MemoryConnection whole(service, to_whole);
  MemoryConnection pieces(service, to_pieces);
  feed(whole, input.rest(), input.rest().size());
  feed(pieces, input.rest(), piece);
  EXPECT(whole.is_closed() == pieces.is_closed());
  EXPECT(to_whole.requests == to_pieces.requests);
  // The reason of a refusal may differ: in pieces a mistake is seen before the head is complete.
  EXPECT(whole.output().substr(0, whole.output().size() - whole.refusal_size()) ==
         pieces.output().substr(0, pieces.output().size() - pieces.refusal_size()));
  EXPECT((whole.refusal_size() == 0) == (pieces.refusal_size() == 0));
  if ((bits & 2U) == 0) {
    expect_answers(whole, to_whole.requests);
  }
  return 0;
}
