// How a connection comes to its end: refusals, time limits, the lingering close.
#include "http/error_page.h"
#include "net/connection/connection.h"
#include "net/connection/refusal_page.h"

namespace wserve::net {

using app::Cause;
using app::Then;
using base::ByteView;

// RFC 9112 §9.6: closing at once could reset the connection before the client has read the answer.
void Connection::begin_lingering() noexcept {
  release_incoming();
  transport_.end_output();
  phase_ = Phase::kLingering;
  moved_ = 0;
  is_readable_ = true;
  answer_began_ = host_.now();
  wait(Waiting::kLingering);
}

bool Connection::linger() {
  ByteView input;
  if (!is_readable_ || !receive(input)) {
    return false;
  }
  const LoopSettings& settings = host_.settings();
  moved_ += input.size();
  if (moved_ > settings.linger_bytes || host_.now() - answer_began_ >= settings.linger_limit) {
    close();
    return false;
  }
  wait(Waiting::kLingering);
  return true;
}

void Connection::refuse(const http::Refusal& refusal, Cause cause) {
  host_.on_refusal(refusal, cause, endpoint_);
  const std::string page = render_refusal(refusal, *incoming_, host_.service(), host_.date());
  const ByteView bytes = page;
  std::string nothing;
  outbox_->begin_answer({}, false);
  if (incoming_->seen) {
    incoming_->seen->propose_page(refusal.status, page, cause);
    outbox_->observe(incoming_->seen);
  }
  static_cast<void>(outbox_->push({&bytes, 1}, Then::kClose));
  static_cast<void>(outbox_->progress(nothing, false));
  release_incoming();
  is_closing_ = true;
  phase_ = Phase::kFlushing;
}

void Connection::give_up() {
  if (catch_up()) {
    return;
  }
  switch (waiting()) {
    case Waiting::kHead:
      refuse({408, "The request head took too long"}, Cause::kHeaderTimeout);
      host_.owner().advance(*this);
      break;
    case Waiting::kBody:
      if (is_discarding()) {
        close();
        break;
      }
      if (phase_ == Phase::kBusy) {
        end_body_early({408, "The request body took too long"}, Cause::kBodyTimeout);
        host_.owner().advance(*this);
        break;
      }
      refuse({408, "The request body took too long"}, Cause::kBodyTimeout);
      host_.owner().advance(*this);
      break;
    case Waiting::kClient:
      reset(Cause::kWriteTimeout);
      break;
    case Waiting::kFirstByte:
      host_.service().counts.count(app::TimeoutKind::kIdle);
      close();
      break;
    default:
      close();
      break;
  }
}

// Reads, or sends, what the loop has not heard of yet. True when that has ended the wait.
bool Connection::catch_up() {
  const Waiting kind = waiting();
  const base::Millis begun = since();
  is_readable_ = is_readable_ || transport_.has_input();
  host_.owner().advance(*this);
  return is_closed() || waiting() != kind || since() != begun;
}

// The application has not answered in time.
void Connection::take_over() {
  const http::Refusal refusal{503, "The application took too long"};
  if (is_streaming()) {
    end_body_early(refusal, Cause::kRequestTimeout);
  } else {
    take_over(refusal, Cause::kRequestTimeout);
  }
}

void Connection::take_over(const http::Refusal& refusal, Cause cause) {
  host_.on_refusal(refusal, cause, endpoint_);
  outbox_->take_over(http::render_error_page(refusal, {.minor_version = minor_version_,
                                                       .has_body = !is_head_request_,
                                                       .ident = host_.service().site.ident,
                                                       .site = &host_.service().pages,
                                                       .date = host_.date()}),
                     refusal.status, cause);
}

void Connection::cut() noexcept {
  if (phase_ == Phase::kLingering) {  // all has been sent
    close();
  } else {
    reset(Cause::kStopped);
  }
}

void Connection::reset(Cause cause) noexcept {
  if (cause == Cause::kWriteTimeout) {
    host_.service().counts.count(app::TimeoutKind::kWrite);
  }
  transport_.reset_when_closed();
  close(cause);
}

void Connection::close(Cause cause) noexcept {
  if (phase_ == Phase::kClosed) {
    return;
  }
  phase_ = Phase::kClosed;
  unlink();
  if (const auto fault = outbox_->close(cause)) {
    host_.log_file_fault(*fault);
  }
  if (incoming_ && incoming_->seen && incoming_->parser.has_begun()) {
    incoming_->seen->end(cause, 0);  // unless it has ended already
  }
  if (is_streaming()) {
    incoming_->stream->fail(base::Code::kDisconnected);
    incoming_->stream.reset();
  }
  release_incoming();
  event_.reset();
  transport_.close();
  host_.owner().retire(*this);
}

}  // namespace wserve::net
