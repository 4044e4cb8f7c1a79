// Requests that are handed over at their head: the body comes while they are answered.
#include "http/body_sink.h"
#include "net/connection/connection.h"

namespace wserve::net {

using app::Cause;
using base::ByteView;
using Progress = http::RequestParser::Progress;

namespace {

// So much of a body that nobody wants is read away, to keep the connection.
constexpr std::uint64_t kMaxDiscarded = 256 * 1024;
// Reads of one body; then it is the next connection's turn.
constexpr unsigned kReadsPerTurn = 16;

class Discard final : public http::BodySink {
 public:
  base::Status append(ByteView /*bytes*/) override { return {}; }
};
Discard discarded;

}  // namespace

// The head is there and a body follows. True when the parser shall go on with it.
bool Connection::take_head(ByteView& rest) {
  app::Exchange& exchange = *incoming_->exchange;
  exchange.expect_body();
  if (host_.service().at_head != nullptr) {
    outbox_->begin_answer({}, false);
    open(exchange);
    if (exchange.is_answered_at_head()) {
      return answer_at_head(rest);
    }
    if (!incoming_->parser.limit_body(exchange.body_limit())) {
      refuse(incoming_->parser.refusal(), Cause::kRefused);
      return false;
    }
  }
  const app::BodyMode mode = exchange.body_mode();
  return mode == app::BodyMode::kWhole || hand_over_at_head(mode, rest);
}

// The answer is out, the body is not here: what comes of it is read away.
bool Connection::answer_at_head(ByteView& rest) {
  incoming_->exchange.reset();
  std::string nothing;
  const AnswerProgress progress = outbox_->progress(nothing, false);
  if (progress.state == AnswerState::kKeepOpen) {
    begin_discarding();
  }
  return after_answer(progress, rest) && phase_ == Phase::kReading;
}

bool Connection::hand_over_at_head(app::BodyMode mode, ByteView& rest) {
  base::Ref<app::Exchange> exchange = std::move(incoming_->exchange);
  outbox_->begin_answer({}, false);
  if (!exchange->is_open()) {
    open(*exchange);
  }
  incoming_->stream = exchange->open_body(mode);
  incoming_->parser.stream_to(*incoming_->stream);
  incoming_->received = 0;
  answer_began_ = host_.now();
  phase_ = Phase::kBusy;
  wait(Waiting::kAnswer);  // not, any more, for what another body was awaited for
  take_body(std::exchange(rest, {}));
  host_.submit(std::move(exchange));
  outbox_->leave();
  return false;
}

// As much as there is room for.
void Connection::receive_body() {
  for (unsigned i = 0;
       is_readable_ && incoming_->parser.is_in_body() && !incoming_->stream->is_full(); ++i) {
    if (i == kReadsPerTurn) {
      host_.owner().advance_later(*this);
      return;
    }
    ByteView input;
    if (!receive(input)) {
      return;
    }
    take_body(input);
  }
}

void Connection::take_body(ByteView input) {
  if (input.empty()) {
    return;
  }
  incoming_->received += input.size();
  const std::size_t before = input.size();
  const Progress progress = incoming_->parser.feed_body(input);
  if (incoming_->seen) {
    incoming_->on_progress(progress, before - input.size());
  }
  switch (progress) {
    case Progress::kReady:
      outbox_->keep_ahead(input);
      incoming_->stream->finish(incoming_->parser.trailers());
      break;
    case Progress::kRefused:
      end_body_early(incoming_->parser.refusal(), Cause::kRefused);
      break;
    default:
      if (waiting() == Waiting::kBody) {
        const LoopSettings& settings = host_.settings();
        wait(Waiting::kBody);
        if (!rate_.keeps_up(incoming_->received, host_.now(),
                            {settings.body_limit, settings.body_min_rate})) {
          end_body_early({408, "The request body came too slowly"}, Cause::kBodyTimeout);
        }
      }
      break;
  }
}

// The application hears of it when it reads; the client gets this answer, if none has begun.
void Connection::end_body_early(const http::Refusal& refusal, Cause cause) {
  take_over(refusal, cause);
  incoming_->stream->fail({base::Code::kDisconnected, refusal.detail});
}

bool Connection::is_body_awaited() const noexcept {
  return is_streaming() && incoming_->parser.is_in_body() && !incoming_->stream->is_held() &&
         !incoming_->stream->is_full();
}

void Connection::wait_while_busy() {
  if (!is_body_awaited()) {
    wait(Waiting::kAnswer);
  } else if (waiting() != Waiting::kBody) {
    rate_.begin(incoming_->received, host_.now());
    wait(Waiting::kBody);
  }
}

// The answer has ended, perhaps before the body: a thread that still reads is told.
void Connection::end_stream(AnswerState turn) {
  incoming_->stream->fail({base::Code::kDisconnected, "the answer has ended"});
  incoming_->stream->discard();
  incoming_->stream.reset();
  if (!incoming_->parser.is_in_body()) {
    release_incoming();
  } else if (turn == AnswerState::kKeepOpen) {
    begin_discarding();
  }
}

void Connection::begin_discarding() {
  incoming_->parser.stream_to(discarded);
  incoming_->is_discarding = true;
  incoming_->received = 0;
  wait(Waiting::kBody);
}

// True when the body has ended, and another request may follow.
bool Connection::discard(ByteView& input) {
  incoming_->received += input.size();
  const Progress progress = incoming_->parser.feed_body(input);
  incoming_->is_discarding =
      progress == Progress::kNeedsMore && incoming_->received <= kMaxDiscarded;
  if (incoming_->is_discarding) {
    return false;
  }
  if (progress == Progress::kReady) {
    release_incoming();
    return true;
  }
  is_closing_ = true;
  phase_ = Phase::kFlushing;
  return false;
}

}  // namespace wserve::net
