// Bodies that are read while they come: any bytes, in pieces, into a window that a reader empties
// in pieces of his own; what he reads, and how it ends, is what a body that is awaited whole gives.
#include "app/body_stream.h"
#include "fuzz/fuzz.h"
#include "http/request_parser.h"

using namespace wserve;
using namespace wserve::fuzz;
using http::RequestParser;
using Progress = RequestParser::Progress;

namespace {

class CalledSink final : public app::ResponseSink {
 public:
  app::Status push(std::span<const ByteView> /*pieces*/, app::Then /*then*/) override { return {}; }
  app::Status push_file(app::FilePart /*part*/) override { return {}; }
  [[nodiscard]] app::PeerState peer_state() const noexcept override {
    return app::PeerState::kPresent;
  }
  app::Status detach(base::UniqueFd& /*fd*/, std::string& /*ahead*/) override { return {}; }
  void notify_loop() noexcept override { is_called = true; }
  void last_released() noexcept override { delete this; }

  bool is_called = false;
};

struct Outcome {
  Progress progress = Progress::kNeedsMore;
  std::string body;
  std::string trailers;
  std::size_t left = 0;  // bytes behind the request
};

http::ParserLimits make_limits(bool pauses_at_head) {
  http::ParserLimits limits;
  limits.max_head_bytes = 1024;
  limits.max_body_bytes = 2048;
  limits.max_chunk_overhead = 512;
  limits.pauses_at_head = pauses_at_head;
  return limits;
}

std::string content(const base::Spool& spool) {
  std::string text(static_cast<std::size_t>(spool.size()), '\0');
  std::size_t got = 0;
  EXPECT(spool.read_at(0, text.data(), text.size(), got).is_ok() && got == text.size());
  return text;
}

Outcome read_whole(ByteView input) {
  const http::ParserLimits limits = make_limits(false);
  base::Storage storage;
  http::Request request;
  request.configure(1 << 20, storage);
  RequestParser parser;
  parser.restart(limits);
  Outcome outcome;
  outcome.progress = parser.feed(input, request);
  outcome.body = content(request.body);
  outcome.trailers = parser.trailers();
  outcome.left = input.size();
  return outcome;
}

// The loop and the application in turns, as the bytes of `plan` say.
class Streamed {
 public:
  Streamed(ByteView input, std::size_t window, Input& plan)
      : input_(input), window_(window), plan_(plan) {}

  Outcome run() {
    request_.configure(1 << 20, storage_);
    parser_.restart(limits_);
    outcome_.progress = feed_head();
    if (outcome_.progress == Progress::kHead) {
      parser_.stream_to(*stream_);
      outcome_.progress = Progress::kNeedsMore;
      while (may_go_on()) {
        finish_answer();
      }
      finish();
    }
    outcome_.left = input_.size();
    return std::move(outcome_);
  }

 private:
  Progress feed_head() {
    ByteView before = input_;
    Progress progress = parser_.feed(input_, request_);
    EXPECT(input_.size() <= before.size());
    return progress;
  }

  [[nodiscard]] bool may_go_on() const {
    return outcome_.progress == Progress::kNeedsMore && !input_.empty();
  }

  void finish_answer() {
    const unsigned step = plan_.take_byte();
    if (!is_waiting_ && !stream_->is_full()) {
      feed(1 + step % 97);
    } else {
      is_waiting_ = true;
    }
    read(step % 53);
    if (sink_->is_called) {
      is_waiting_ = sink_->is_called = false;
    } else if (is_waiting_ && step == 0) {
      read(window_ + 97);  // all that is there: the loop must have been called by then
      EXPECT(sink_->is_called);
    }
  }

  void feed(std::size_t size) {
    ByteView piece = input_.substr(0, size);
    const std::size_t before = piece.size();
    outcome_.progress = parser_.feed_body(piece);
    input_.remove_prefix(before - piece.size());
    EXPECT(piece.empty() || outcome_.progress != Progress::kNeedsMore);
  }

  void read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    const base::Status status =
        stream_->read(bytes.data(), bytes.size(), got, app::BodyStream::Wait(0));
    EXPECT(status.is_ok() || status.code() == base::Code::kTimeout);
    outcome_.body += bytes.substr(0, got);
  }

  void finish() {
    if (outcome_.progress == Progress::kReady) {
      stream_->finish(parser_.trailers());
    } else {
      stream_->fail(base::Code::kDisconnected);
    }
    EXPECT(stream_->has_ended());
    for (;;) {
      char bytes[64];
      std::size_t got = 0;
      const base::Status status =
          stream_->read(bytes, sizeof bytes, got, app::BodyStream::kForever);
      EXPECT(status.is_ok() == (outcome_.progress == Progress::kReady || got > 0));
      if (got == 0) {
        break;
      }
      outcome_.body.append(bytes, got);
    }
    outcome_.trailers = stream_->take_trailers();
  }

  const http::ParserLimits limits_ = make_limits(true);
  base::Storage storage_;
  http::Request request_;
  RequestParser parser_;
  ByteView input_;
  const std::size_t window_;
  Input& plan_;
  Outcome outcome_;
  const base::Ref<CalledSink> sink_{new CalledSink};
  const base::Ref<app::BodyStream> stream_ =
      app::BodyStream::make(window_, base::Ref<app::ResponseSink>(sink_.get()));
  bool is_waiting_ = false;
};

}  // namespace

// The window, the plan up to a NUL, the request.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::size_t window = 1 + input.take_byte();
  const ByteView text = input.take_text('\0');
  Input plan(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const Outcome whole = read_whole(input.rest());
  const Outcome streamed = Streamed(input.rest(), window, plan).run();
  EXPECT(whole.progress == streamed.progress);
  if (whole.progress == Progress::kReady) {
    EXPECT(whole.body == streamed.body);
    EXPECT(whole.trailers == streamed.trailers);
    EXPECT(whole.left == streamed.left);
  } else {
    EXPECT(whole.body.starts_with(streamed.body) || streamed.body.starts_with(whole.body));
  }
  return 0;
}
