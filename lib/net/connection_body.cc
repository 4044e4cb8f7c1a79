// Requests that are handed over at their head: the body comes while they are answered.
#include "http/body_sink.h"
#include "net/connection.h"
#include "net/loop.h"

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
  app::Exchange& exchange = *intake_->exchange;
  exchange.expect_body();
  if (loop_.service().at_head != nullptr) {
    outbox_->begin_turn({}, false);
    open(exchange);
    if (exchange.is_answered_at_head()) {
      return answer_at_head(rest);
    }
    if (!intake_->parser.limit_body(exchange.body_limit())) {
      refuse(intake_->parser.refusal(), Cause::kRefused);
      return false;
    }
  }
  const app::BodyMode mode = exchange.body_mode();
  return mode == app::BodyMode::kWhole || hand_over_at_head(mode, rest);
}

// The answer is out, the body is not here: what comes of it is read away.
bool Connection::answer_at_head(ByteView& rest) {
  intake_->exchange.reset();
  std::string nothing;
  const Outbox::Look look = outbox_->look(nothing, false);
  if (look.turn == Outbox::Turn::kKeepOpen) {
    begin_discarding();
  }
  return end_turn(look, rest) && phase_ == Phase::kReading;
}

bool Connection::hand_over_at_head(app::BodyMode mode, ByteView& rest) {
  base::Ref<app::Exchange> exchange = std::move(intake_->exchange);
  outbox_->begin_turn({}, false);
  if (!exchange->is_open()) {
    open(*exchange);
  }
  intake_->stream = exchange->open_body(mode);
  intake_->parser.stream_to(*intake_->stream);
  intake_->received = 0;
  turn_began_ = loop_.now();
  phase_ = Phase::kBusy;
  wait(Waiting::kAnswer);  // not, any more, for what another body was awaited for
  take_body(std::exchange(rest, {}));
  loop_.submit(std::move(exchange));
  outbox_->leave();
  return false;
}

// As much as there is room for.
void Connection::receive_body() {
  for (unsigned i = 0; is_readable_ && intake_->parser.is_in_body() && !intake_->stream->is_full();
       ++i) {
    if (i == kReadsPerTurn) {
      loop_.advance_later(*this);
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
  intake_->received += input.size();
  const std::size_t before = input.size();
  const Progress progress = intake_->parser.feed_body(input);
  if (intake_->seen) {
    intake_->note(progress, before - input.size());
  }
  switch (progress) {
    case Progress::kReady:
      outbox_->keep_ahead(input);
      intake_->stream->finish(intake_->parser.trailers());
      break;
    case Progress::kRefused:
      end_body_early(intake_->parser.refusal(), Cause::kRefused);
      break;
    default:
      if (waiting() == Waiting::kBody) {
        const LoopSettings& settings = loop_.settings();
        wait(Waiting::kBody);
        if (!pace_.keeps_up(intake_->received, loop_.now(),
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
  intake_->stream->fail({base::Code::kDisconnected, refusal.detail});
}

bool Connection::is_body_awaited() const noexcept {
  return is_streaming() && intake_->parser.is_in_body() && !intake_->stream->is_held() &&
         !intake_->stream->is_full();
}

void Connection::wait_while_busy() {
  if (!is_body_awaited()) {
    wait(Waiting::kAnswer);
  } else if (waiting() != Waiting::kBody) {
    pace_.begin(intake_->received, loop_.now());
    wait(Waiting::kBody);
  }
}

// The answer has ended, perhaps before the body: a thread that still reads is told.
void Connection::end_stream(Outbox::Turn turn) {
  intake_->stream->fail({base::Code::kDisconnected, "the answer has ended"});
  intake_->stream->discard();
  intake_->stream.reset();
  if (!intake_->parser.is_in_body()) {
    release_intake();
  } else if (turn == Outbox::Turn::kKeepOpen) {
    begin_discarding();
  }
}

void Connection::begin_discarding() {
  intake_->parser.stream_to(discarded);
  intake_->is_discarding = true;
  intake_->received = 0;
  wait(Waiting::kBody);
}

// True when the body has ended, and another request may follow.
bool Connection::discard(ByteView& input) {
  intake_->received += input.size();
  const Progress progress = intake_->parser.feed_body(input);
  intake_->is_discarding = progress == Progress::kNeedsMore && intake_->received <= kMaxDiscarded;
  if (intake_->is_discarding) {
    return false;
  }
  if (progress == Progress::kReady) {
    release_intake();
    return true;
  }
  is_closing_ = true;
  phase_ = Phase::kFlushing;
  return false;
}

}  // namespace wserve::net
