// Output that waits, and how long a connection waits for what.
#include "http/status_text.h"
#include "net/connection/connection.h"

namespace wserve::net {

using app::Cause;
using app::Then;
using base::ByteView;

void Connection::drain_while_busy() noexcept {
  if (is_closed()) {
    return;
  }
  std::uint64_t taken = 0;
  switch (outbox_->drain(taken)) {
    case Sent::kAll:
      wait_while_busy();
      break;
    case Sent::kBlocked:
      wait_for_client(taken);
      break;
    case Sent::kBroken:
      close();
      break;
  }
}

bool Connection::flush() {
  std::uint64_t taken = 0;
  switch (outbox_->drain(taken)) {
    case Sent::kAll:
      if (is_closing_) {
        begin_lingering();
      } else {
        phase_ = Phase::kReading;
        wait(what_is_awaited());
      }
      return true;
    case Sent::kBlocked:
      wait_for_client(taken);
      return false;
    case Sent::kBroken:
      close();
      return false;
  }
  return false;
}

Waiting Connection::what_is_awaited() const noexcept {
  if (!incoming_ || !incoming_->parser.has_begun()) {
    return Waiting::kFirstByte;
  }
  return incoming_->parser.is_in_body() ? Waiting::kBody : Waiting::kHead;
}

// Output waits; the client has just taken so many bytes of it.
void Connection::wait_for_client(std::uint64_t taken) noexcept {
  const LoopSettings& settings = host_.settings();
  if (waiting() != Waiting::kClient) {
    moved_ = 0;
    rate_.begin(0, host_.now());
    wait(Waiting::kClient);
  } else if (taken > 0) {
    moved_ += taken;
    wait(Waiting::kClient);
    if (!rate_.keeps_up(moved_, host_.now(), {settings.write_limit, settings.write_min_rate})) {
      reset(Cause::kWriteTimeout);
    }
  }
}

// Between two requests.
void Connection::wait_for_request() {
  release_incoming();
  if (phase_ == Phase::kReading) {
    wait(Waiting::kFirstByte);
  }
}

// In the middle of a request.
void Connection::wait_for_more() {
  // A reset that came with the bytes shows only behind them, and makes no new edge.
  is_readable_ = is_readable_ || std::exchange(may_be_reset_, false);
  http::RequestParser& parser = incoming_->parser;
  if (parser.take_continue_wish(incoming_->exchange->request())) {
    if (incoming_->seen) {
      outbox_->observe(incoming_->seen);
    }
    static_cast<void>(outbox_->push({&http::kContinue, 1}, Then::kInterim));
    phase_ = Phase::kFlushing;
  }
  if (parser.is_in_body()) {
    wait_for_body(incoming_->exchange->request().body.size());
  } else if (parser.has_begun() && is_new_wait(Waiting::kHead)) {
    wait(Waiting::kHead);
  }
}

// False while the connection waits for the same part of the same request already. Where answers are
// made on the loop thread nothing else is waited for between two requests.
bool Connection::is_new_wait(Waiting kind) noexcept {
  return std::exchange(waited_for_, requests_) != requests_ || waiting() != kind;
}

// So many bytes of it have come; those of the framing do not count.
void Connection::wait_for_body(std::uint64_t received) {
  const LoopSettings& settings = host_.settings();
  if (is_new_wait(Waiting::kBody)) {
    http::Request& request = incoming_->exchange->request();
    request.body.expect(request.framing.length);
    rate_.begin(received, host_.now());
  } else if (!rate_.keeps_up(received, host_.now(),
                             {settings.body_limit, settings.body_min_rate})) {
    refuse({408, "The request body came too slowly"}, Cause::kBodyTimeout);
    return;
  }
  wait(Waiting::kBody);
}

bool Connection::is_time_up() const noexcept {
  const base::Millis limit = host_.settings().answer_limit;
  return limit > base::Millis(0) && host_.now() - answer_began_ >= limit;
}

void Connection::wait(Waiting kind) noexcept {
  host_.deadlines().wait(*this, kind, host_.now());
}
}  // namespace wserve::net
