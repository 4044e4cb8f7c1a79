// A connection's phases, one function each.
#include "net/connection/connection.h"

#include <cerrno>
#include <limits>

#include "base/guard.h"

namespace wserve::net {

using app::Then;
using base::ByteView;
using Progress = http::RequestParser::Progress;

namespace {

// Then it is the next connection's turn.
constexpr unsigned kStepsPerTurn = 16;
// Pipelined answers are collected up to this size.
constexpr std::size_t kCorkBytes = 64 * 1024;

}  // namespace

Connection::Connection(ConnectionHost& host, base::UniqueFd socket,
                       const gateway::Endpoint& endpoint)
    : host_(host),
      transport_(std::move(socket)),
      endpoint_(endpoint),
      outbox_(Outbox::make(transport_, *this, host.waker(), host.settings().outbox)) {}

base::Status Connection::watch() {
  constexpr short kAll = EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST;
  event_.reset(event_new(host_.events(), transport_.fd(), kAll, on_event, this));
  if (!event_ || event_add(event_.get(), nullptr) != 0) {
    return base::Code::kNoMemory;
  }
  if (const app::Observers* observers = host_.service().observers.get()) {
    outbox_->be_observed(observers->clock.precise_now());
  }
  wait(Waiting::kFirstByte);
  return {};
}

void Connection::on_event(int /*socket*/, short what, void* connection) noexcept {
  auto& self = *static_cast<Connection*>(connection);
  self.handle_event(what);
  self.host_.owner().advance(self);
}

void Connection::handle_event(short what) noexcept {
  if ((what & (EV_READ | EV_CLOSED)) != 0) {
    is_readable_ = true;
  }
  has_left_ = has_left_ || (what & EV_CLOSED) != 0;
  may_be_reset_ = (what & EV_WRITE) != 0;
  // An error comes as reading and writing at once. So does the next request, when the answer to the
  // last has ended without the loop: only collect() can tell whether it is worth a look.
  must_look_at_peer_ = (what & (EV_CLOSED | EV_WRITE)) != 0;
  if ((what & EV_CLOSED) != 0 && phase_ == Phase::kFlushing) {
    follow_peer();
  }
}

void Connection::follow_peer() noexcept {
  const app::PeerState peer = transport_.peer_state();
  if (peer == app::PeerState::kPresent) {
    return;
  }
  outbox_->set_peer_state(peer);
  if (peer == app::PeerState::kDisconnected) {
    close();
  }
}

void Connection::advance() {
  for (unsigned i = 0; i < kStepsPerTurn; ++i) {
    if (!step()) {
      return;
    }
  }
  host_.owner().advance_later(*this);
}

bool Connection::step() {
  switch (phase_) {
    case Phase::kReading:
      return read();
    case Phase::kBusy:
      return collect();
    case Phase::kFlushing:
      return flush();
    case Phase::kLingering:
      return linger();
    case Phase::kClosed:
      return false;
  }
  return false;
}

bool Connection::read() {
  if (incoming_ && !incoming_->input.empty()) {
    const std::string input = std::exchange(incoming_->input, {});
    return feed(input);
  }
  ByteView input;
  return is_readable_ && receive(input) && feed(input);
}

// False when nothing came, or the client has left.
bool Connection::receive(ByteView& input) {
  const std::span<char> buffer = host_.buffer(body_left());
  const ssize_t n = transport_.receive(buffer);
  if (n > 0) {
    input = ByteView(buffer.data(), static_cast<std::size_t>(n));
    // A short read has emptied the socket, and what comes next is a new edge; unless the end has
    // come already.
    is_readable_ = input.size() == buffer.size() || has_left_;
    return true;
  }
  is_readable_ = false;
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    return false;
  }
  if (n < 0) {
    host_.log_socket_error("recv", errno);
  }
  close();
  return false;
}

// Of a body whose length is known; what is behind it belongs to the next request. Behind the last
// answer there is none.
std::uint64_t Connection::body_left() const noexcept {
  if (phase_ == Phase::kLingering) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return incoming_ && incoming_->parser.is_in_body() ? incoming_->parser.body_left() : 0;
}

bool Connection::feed(ByteView input) {
  const bool goes_on = take_input(input);
  if (std::exchange(is_output_corked_, false) && phase_ == Phase::kReading) {
    phase_ = Phase::kFlushing;  // no further answer joins
  }
  return goes_on;
}

bool Connection::take_input(ByteView input) {
  while (!input.empty()) {
    if (is_discarding()) {
      if (!discard(input)) {
        return true;
      }
      continue;
    }
    IncomingRequest& in = incoming();
    const std::size_t before = input.size();
    const Progress progress = in.parser.feed(input, in.exchange->request());
    if (in.seen) {
      in.on_progress(progress, before - input.size());
    }
    switch (progress) {
      case Progress::kNeedsMore:
        return pause_request();
      case Progress::kRefused:
        refuse(in.parser.refusal(), app::Cause::kRefused);
        return true;
      case Progress::kHead:
        if (!take_head(input)) {
          return phase_ != Phase::kClosed;
        }
        if (input.empty() && !is_discarding()) {
          return pause_request();
        }
        break;
      case Progress::kReady:
        if (!answer(input)) {
          return false;
        }
        if (phase_ != Phase::kReading) {
          return true;
        }
        break;
    }
  }
  if (!is_discarding()) {
    wait_for_request();
  }
  return true;
}

// The rest of the request has not come yet.
bool Connection::pause_request() {
  wait_for_more();
  return true;
}

// What is the same for each request that is handed over.
void Connection::open(app::Exchange& exchange) {
  open_for_thread(exchange);
  if (exchange.seen() != nullptr) {
    outbox_->observe(*exchange.seen());
  }
}

void Connection::open_for_thread(app::Exchange& exchange) {
  const LoopSettings& settings = host_.settings();
  ++requests_;
  const http::Request& request = exchange.request();
  is_head_request_ = request.method.size() == 4 && request.method == "HEAD";
  minor_version_ = static_cast<std::uint8_t>(request.minor_version);
  const bool is_last = settings.request_limit != 0 && requests_ >= settings.request_limit;
  if (has_left_) {
    outbox_->set_peer_state(app::PeerState::kHalfClosed);
  }
  exchange.open(endpoint_, base::Ref<app::ResponseSink>(outbox_.get()), host_.date(), !is_last);
}

// Hands the request over. False when the connection can only wait, or has ended.
bool Connection::answer(ByteView& rest) {
  base::Ref<app::Exchange> exchange = std::move(incoming_->exchange);
  exchange->take_whole_body();
  if (const ByteView trailers = incoming_->parser.trailers(); !trailers.empty()) {
    exchange->keep_trailers(trailers);
  }
  host_.give_back(std::move(incoming_));
  outbox_->begin_answer(rest, host_.settings().runs_inline && !rest.empty());
  if (!exchange->is_open()) {
    open(*exchange);
    if (host_.service().at_head != nullptr && exchange->is_answered_at_head()) {
      exchange.reset();
    }
  }
  if (exchange) {
    if (!rest.empty() && host_.hands_over_pipelined()) {
      read_pipelined(*exchange, rest);
    }
    host_.submit(std::move(exchange));
  }
  std::string kept_ahead;
  const AnswerProgress progress = outbox_->progress(kept_ahead, is_readable_);
  if (progress.state == AnswerState::kBusy) {
    phase_ = Phase::kBusy;
    answer_began_ = host_.now();
    wait(Waiting::kAnswer);
    return progress.waiting_bytes > 0;  // earlier answers do not wait for this one
  }
  rest.remove_prefix(progress.pipelined.taken_bytes);
  requests_ -= progress.pipelined.forgotten;  // which are read again
  return after_answer(progress, rest);
}

// The answer is complete already. False when there is nothing more to do on this connection.
bool Connection::after_answer(const AnswerProgress& progress, ByteView& rest) {
  if (!finish_answer(progress.state)) {
    return false;
  }
  is_output_corked_ = phase_ == Phase::kReading && progress.waiting_bytes > 0 && !rest.empty();
  if (phase_ == Phase::kReading && must_flush(progress, rest)) {
    keep(rest);
    rest = {};
    phase_ = Phase::kFlushing;
  }
  return true;
}

// Output waits, and no further pipelined answer is to join it.
bool Connection::must_flush(const AnswerProgress& progress, ByteView rest) noexcept {
  return progress.waiting_bytes > 0 && (rest.empty() || progress.waiting_bytes >= kCorkBytes);
}

// An answer is complete. False when there is nothing more to do on this connection.
bool Connection::finish_answer(AnswerState turn) {
  switch (turn) {
    case AnswerState::kKeepOpen:
      phase_ = Phase::kReading;
      return true;
    case AnswerState::kClose:
      is_closing_ = true;
      phase_ = Phase::kFlushing;
      return true;
    case AnswerState::kCut:
      reset();
      return false;
    default:  // kDetached; kBusy does not come here
      close();
      return false;
  }
}

void Connection::keep(ByteView rest) {
  if (!rest.empty()) {
    incoming().input = rest;
  }
}

bool Connection::collect() {
  if (is_time_up()) {
    take_over();
  }
  if (is_streaming()) {
    receive_body();
    if (is_closed()) {
      return false;
    }
  }
  std::string kept_ahead;
  const AnswerProgress progress = outbox_->progress(kept_ahead, is_readable_ || is_streaming());
  if (progress.state == AnswerState::kBusy) {
    if (std::exchange(must_look_at_peer_, false)) {
      follow_peer();
    }
    drain_while_busy();
    return false;
  }
  if (is_streaming()) {
    end_stream(progress.state);
  }
  keep(kept_ahead);
  requests_ -= progress.pipelined.forgotten;  // which are read again
  if (!finish_answer(progress.state)) {
    return false;
  }
  if (phase_ == Phase::kReading) {
    wait(what_is_awaited());
    phase_ = progress.waiting_bytes > 0 ? Phase::kFlushing : Phase::kReading;
  }
  return true;
}

// Requests that are here as a whole, and were sent behind this one, go to its thread with it; but
// none that has a body. Where memory is missing for them they are read later.
void Connection::read_pipelined(app::Exchange& first, ByteView rest) {
  const base::Status handed_over = base::guarded([&]() -> base::Status {
    PipelinedRequests& pipelined = outbox_->pipelined();
    while (!rest.empty() && !pipelined.is_full() && read_one_pipelined(pipelined, rest)) {
    }
    if (pipelined.left() > 0) {
      host_.flush_soon(outbox_);
      outbox_->hand_over_pipelined();
      first.expect_pipelined();
    }
    return {};
  });
  if (incoming_) {
    host_.give_back(std::move(incoming_));
  }
  if (!handed_over.is_ok()) {
    requests_ -= outbox_->forget_pipelined().forgotten;
  }
}

bool Connection::read_one_pipelined(PipelinedRequests& pipelined, ByteView& rest) {
  IncomingRequest& in = incoming();
  const std::size_t before = rest.size();
  const Progress progress = in.parser.feed(rest, in.exchange->request());
  if (in.seen) {
    in.on_progress(progress, before - rest.size());
  }
  if (progress != Progress::kReady) {
    return false;
  }
  app::Exchange& exchange = *in.exchange;
  exchange.take_whole_body();
  pipelined.add(std::move(in.exchange), before - rest.size());
  open_for_thread(exchange);
  host_.give_back(std::move(incoming_));
  return true;
}

void Connection::release_incoming() noexcept {
  if (incoming_) {
    if (incoming_->exchange && incoming_->exchange->is_open()) {
      incoming_->exchange->forget();
    }
    host_.give_back(std::move(incoming_));
  }
}

IncomingRequest& Connection::incoming() {
  if (!incoming_) {
    incoming_ = host_.lend_incoming();
    if (const app::Observers* observers = host_.service().observers.get()) {
      incoming_->observe(*observers, endpoint_, outbox_->observed_since());
    }
  }
  return *incoming_;
}

}  // namespace wserve::net
