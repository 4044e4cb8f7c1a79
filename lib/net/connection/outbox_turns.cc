// What the loop asks of an outbox: one turn for each answer.
#include <utility>

#include "net/connection/outbox.h"

namespace wserve::net {

using app::ByteView;
using app::PeerState;

void Outbox::begin_next() noexcept {
  state_ = AnswerState::kBusy;
  has_pushed_ = false;
  if (backlog_) {
    backlog_->mark = 0;
  }
}

void Outbox::begin_answer(ByteView ahead, bool corked) noexcept {
  begin_next();
  ahead_view_ = ahead;
  is_corked_ = corked;
  loop_will_look_ = true;
  loop_wants_call_ = false;
}

PipelinedRequests& Outbox::pipelined() {
  static_cast<void>(queue_in(backlog_));
  if (!backlog_->pipelined) {
    backlog_->pipelined = std::make_unique<PipelinedRequests>();
  }
  return *backlog_->pipelined;
}

void Outbox::hand_over_pipelined() {
  PipelinedRequests& behind = pipelined();
  if (observed() != nullptr) {
    observed()->expect(behind.left());
  }
  behind.hand_over();
}

bool Outbox::has_pipelined() noexcept {
  base::MutexLock lock(mutex_);
  return is_pipelined();
}

PipelinedRequests::Count Outbox::forget_pipelined() noexcept {
  base::MutexLock lock(mutex_);
  return end_pipelined();
}

PipelinedRequests::Count Outbox::end_pipelined() noexcept {
  return requests_behind() != nullptr ? requests_behind()->forget() : PipelinedRequests::Count();
}

void Outbox::keep_ahead(ByteView ahead) {
  base::MutexLock lock(mutex_);
  ahead_ = ahead;
}

void Outbox::leave() noexcept {
  base::MutexLock lock(mutex_);
  loop_will_look_ = false;
  loop_wants_call_ = true;
}

AnswerProgress Outbox::progress(std::string& kept_ahead, bool wants_call) {
  base::MutexLock lock(mutex_);
  loop_will_look_ = false;
  if (state_ == AnswerState::kBusy || (state_ == AnswerState::kKeepOpen && is_pipelined())) {
    if (!ahead_view_.empty()) {
      ahead_ = ahead_view_;
      ahead_view_ = {};
    }
    is_corked_ = false;
    loop_wants_call_ = wants_call;
    return {AnswerState::kBusy, waiting_bytes(), {}};
  }
  ahead_view_ = {};
  if (!ahead_.empty()) {
    kept_ahead = std::exchange(ahead_, {});
    kept_ahead.erase(0, pipelined_bytes());
  }
  return {is_broken_ ? AnswerState::kCut : state_, waiting_bytes(), end_pipelined()};
}

void Outbox::set_peer_state(PeerState why) noexcept {
  peer_state_.store(why, std::memory_order_relaxed);
  signal();
}

Sent Outbox::drain(std::uint64_t& taken) noexcept {
  base::MutexLock lock(mutex_);
  is_corked_ = is_holding_ = false;
  if (is_broken_ || transport_ == nullptr) {
    return Sent::kBroken;
  }
  const Sent sent = send_backlog(taken);
  if (sent == Sent::kBroken) {
    static_cast<void>(broken());
  }
  if (observed() != nullptr) {
    observed()->settle(waiting_bytes());
  }
  if (!has_too_much()) {
    wake_waiters();
  }
  return sent;
}

void Outbox::take_over(ByteView page, int status, app::Cause cause) {
  base::MutexLock lock(mutex_);
  if (state_ != AnswerState::kBusy || !is_usable()) {
    return;
  }
  const bool has_place = !has_pushed_ && queue_in(backlog_).add(page).is_ok();
  state_ = has_place ? AnswerState::kClose : AnswerState::kCut;
  is_taken_over_ = true;
  if (observed() != nullptr) {
    observed()->replace(status, has_place ? page : ByteView(), cause);
  }
  peer_state_.store(PeerState::kTimeUp, std::memory_order_relaxed);
  wake_waiters();
  signal();
}

std::optional<SendQueue::FileFault> Outbox::close(app::Cause cause) noexcept {
  owner_ = nullptr;
  base::MutexLock lock(mutex_);
  transport_ = nullptr;
  static_cast<void>(end_pipelined());
  on_cut(cause);
  drop_backlog();
  if (state_ == AnswerState::kBusy) {
    peer_state_.store(PeerState::kDisconnected, std::memory_order_relaxed);
  }
  wake_waiters();
  signal();
  return backlog_ ? backlog_->queue.take_file_fault() : std::nullopt;
}

}  // namespace wserve::net
