// What the loop asks of an outbox: one turn for each answer.
#include <utility>

#include "net/outbox.h"

namespace wserve::net {

using app::ByteView;
using app::Gone;

void Outbox::begin_turn(ByteView ahead, bool corked) noexcept {
  turn_ = Turn::kBusy;
  has_pushed_ = false;
  if (backlog_) {
    backlog_->mark = 0;
  }
  ahead_view_ = ahead;
  is_corked_ = corked;
  loop_will_look_ = true;
  loop_wants_call_ = false;
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

Outbox::Look Outbox::look(std::string& kept_ahead, bool wants_call) {
  base::MutexLock lock(mutex_);
  loop_will_look_ = false;
  if (turn_ == Turn::kBusy) {
    if (!ahead_view_.empty()) {
      ahead_ = ahead_view_;
      ahead_view_ = {};
    }
    is_corked_ = false;
    loop_wants_call_ = wants_call;
    return {turn_, waiting_bytes()};
  }
  ahead_view_ = {};
  if (!ahead_.empty()) {
    kept_ahead = std::exchange(ahead_, {});
  }
  return {is_broken_ ? Turn::kCut : turn_, waiting_bytes()};
}

void Outbox::note_gone(Gone why) noexcept {
  gone_.store(why, std::memory_order_relaxed);
  signal();
}

Sent Outbox::drain(std::uint64_t& taken) noexcept {
  base::MutexLock lock(mutex_);
  is_corked_ = is_holding_ = false;
  if (is_broken_ || socket_ < 0) {
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
  if (turn_ != Turn::kBusy || !is_usable()) {
    return;
  }
  const bool has_place = !has_pushed_ && queue_in(backlog_).add(page).is_ok();
  turn_ = has_place ? Turn::kClose : Turn::kCut;
  is_taken_over_ = true;
  if (observed() != nullptr) {
    observed()->replace(status, has_place ? page : ByteView(), cause);
  }
  gone_.store(Gone::kTimeUp, std::memory_order_relaxed);
  wake_waiters();
  signal();
}

std::optional<SendQueue::FileFault> Outbox::close(app::Cause cause) noexcept {
  connection_ = nullptr;
  base::MutexLock lock(mutex_);
  socket_ = -1;
  note_cut(cause);
  drop_backlog();
  if (turn_ == Turn::kBusy) {
    gone_.store(Gone::kDisconnected, std::memory_order_relaxed);
  }
  wake_waiters();
  signal();
  return backlog_ ? backlog_->queue.take_file_fault() : std::nullopt;
}

}  // namespace wserve::net
