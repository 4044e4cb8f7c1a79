// Request heads, and the bodies behind them: any bytes, whole and in pieces, and read a second time
// by a reader that knows nothing of the first.
#include <string>
#include <vector>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "http/request_parser.h"

using namespace wserve;
using namespace wserve::fuzz;
using Progress = http::RequestParser::Progress;

namespace {

struct Reading {
  base::Storage storage;
  http::Request request;
  Progress progress = Progress::kNeedsMore;
  std::size_t consumed = 0;
};

void read(ByteView input, std::size_t piece, const http::ParserLimits& limits, Reading& reading) {
  http::RequestParser parser;
  parser.restart(limits);
  reading.request.configure(1 << 20, reading.storage);
  for (ByteView rest = input; !rest.empty() && reading.progress == Progress::kNeedsMore;) {
    ByteView part = rest.substr(0, piece);
    const std::size_t offered = part.size();
    reading.progress = parser.feed(part, reading.request);
    EXPECT(part.empty() || reading.progress != Progress::kNeedsMore);
    reading.consumed += offered - part.size();
    rest.remove_prefix(offered - part.size());
  }
  if (reading.progress == Progress::kRefused) {
    EXPECT(parser.refusal().status >= 400 && parser.refusal().status <= 505);
  }
}

// A line that is too long is seen as soon as it comes in pieces, but at the end of a whole head.
void expect_refused_in_the_end(ByteView input, const http::ParserLimits& limits) {
  Reading ended;
  const std::string head = std::string(input) + "\r\n\r\n";
  read(head, head.size(), limits, ended);
  EXPECT(ended.progress == Progress::kRefused);
}

void expect_same(const Reading& a, const Reading& b) {
  EXPECT(a.progress == b.progress);
  if (a.progress != Progress::kReady) {
    return;
  }
  EXPECT(a.consumed == b.consumed);
  EXPECT(a.request.method == b.request.method && a.request.target == b.request.target);
  EXPECT(a.request.uri.path == b.request.uri.path && a.request.uri.query == b.request.uri.query);
  EXPECT(a.request.fields.size() == b.request.fields.size());
  for (std::size_t i = 0; i < a.request.fields.size(); ++i) {
    EXPECT(a.request.fields[i].name == b.request.fields[i].name);
    EXPECT(a.request.fields[i].value == b.request.fields[i].value);
  }
  EXPECT(a.request.body.in_memory() == b.request.body.in_memory());
}

void expect_terminated(ByteView text) {
  EXPECT(text.data() != nullptr && text.data()[text.size()] == '\0');
}

// Divides at every CRLF and the first colon, as the simplest recipient would.
void expect_plain_reading(ByteView input, const http::Request& request) {
  while (input.starts_with("\r\n")) {
    input.remove_prefix(2);
  }
  const ByteView head = input.substr(0, input.find("\r\n\r\n") + 2);
  ByteView rest = head;
  const ByteView line = rest.substr(0, rest.find("\r\n"));
  rest.remove_prefix(line.size() + 2);
  EXPECT(line ==
         base::concat(request.method, ' ', request.target, ' ', line.substr(line.size() - 8)));
  auto field = request.fields.begin();
  while (!rest.empty()) {
    const ByteView text = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(text.size() + 2);
    EXPECT(text.find('\r') == ByteView::npos && text.find('\n') == ByteView::npos);
    const ByteView name = text.substr(0, text.find(':'));
    if (name.find('_') != ByteView::npos) {
      continue;
    }
    EXPECT(field != request.fields.end() && field->name == name);
    EXPECT(field->value == base::trim_blanks(text.substr(name.size() + 1)));
    expect_terminated(field->name);
    expect_terminated(field->value);
    ++field;
  }
  EXPECT(field == request.fields.end());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::size_t piece = 1 + input.take_byte() % 16;
  http::ParserLimits limits;
  limits.max_head_bytes = 64 + 8 * std::size_t{input.take_byte()};
  limits.head.max_fields = 16;
  limits.head.max_line_bytes = 32 + 8 * std::size_t{input.take_byte()};
  limits.max_body_bytes = 4096;
  limits.max_chunk_overhead = 1024;
  Reading whole;
  Reading pieces;
  read(input.rest(), input.rest().size(), limits, whole);
  read(input.rest(), piece, limits, pieces);
  if (whole.progress == Progress::kNeedsMore && pieces.progress == Progress::kRefused) {
    expect_refused_in_the_end(input.rest(), limits);
    return 0;
  }
  expect_same(whole, pieces);
  if (whole.progress == Progress::kReady) {
    expect_plain_reading(input.rest(), whole.request);
    expect_terminated(whole.request.method);
    expect_terminated(whole.request.uri.path);
    expect_terminated(whole.request.uri.query);
  }
  return 0;
}
