// What application threads push: sent at once, held, or kept for the loop.
#include "net/connection/outbox.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/guard.h"

namespace wserve::net {

using app::ByteView;
using app::PeerState;
using app::Status;
using app::Then;
using base::Code;

base::Ref<Outbox> Outbox::make(Transport& transport, OutboxOwner& owner, base::Ref<LoopWaker> waker,
                               const OutboxLimits& limits) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  return base::Ref<Outbox>(new Outbox(transport, owner, std::move(waker), limits));
}

Outbox::Outbox(Transport& transport, OutboxOwner& owner, base::Ref<LoopWaker> waker,
               const OutboxLimits& limits) noexcept
    : waker_(std::move(waker)), limits_(limits), owner_(&owner), transport_(&transport) {}

Outbox::~Outbox() {
  const base::UniqueFd closed(signal_.load());
}

SendQueue& Outbox::queue_in(std::unique_ptr<Backlog>& backlog) const {
  if (!backlog) {
    backlog = std::make_unique<Backlog>(limits_.queue);
  }
  return backlog->queue;
}

bool Outbox::is_drained() const noexcept {
  return !backlog_ || backlog_->queue.is_empty();
}

bool Outbox::has_too_much() const noexcept {
  return backlog_ && backlog_->queue.copied_bytes() >
                         (backlog_->mark != 0 ? backlog_->mark : limits_.high_watermark);
}

std::uint64_t Outbox::waiting_bytes() const noexcept {
  return backlog_ ? backlog_->queue.waiting_bytes() : 0;
}

Sent Outbox::send_backlog(std::uint64_t& taken) noexcept {
  if (!backlog_) {
    return Sent::kAll;
  }
  const Sent sent = backlog_->queue.send_to(*transport_, taken);
  if (backlog_->queue.has_file_fault()) {
    is_lost_.store(true, std::memory_order_relaxed);
  }
  return sent;
}

void Outbox::drop_backlog() noexcept {
  if (backlog_) {
    backlog_->queue.clear();
  }
}

void Outbox::wake_waiters() noexcept {
  if (waiters_ > 0) {
    backlog_->drained.notify_all();
  }
  if (std::exchange(wants_room_, false)) {
    signal();
  }
}

std::uint64_t Outbox::pending() noexcept {
  base::MutexLock lock(mutex_);
  return waiting_bytes();
}

bool Outbox::is_above_mark() noexcept {
  base::MutexLock lock(mutex_);
  if (is_usable() && !send_held()) {
    static_cast<void>(broken());
  }
  wants_room_ = has_too_much();
  return wants_room_;
}

void Outbox::set_mark(std::size_t bytes) {
  base::MutexLock lock(mutex_);
  static_cast<void>(queue_in(backlog_));
  backlog_->mark = std::max<std::size_t>(bytes, 1);
  if (!has_too_much()) {
    wake_waiters();
  }
}

// What cannot be kept leaves a hole in the answer: nothing that follows makes sense.
template <typename Add>
Status Outbox::keep(Add&& add) {
  std::unique_ptr<Backlog>* const backlog = &backlog_;  // clang sees no lock in a lambda
  Status kept = base::guarded([&]() -> Status { return add(queue_in(*backlog)); });
  if (!kept.is_ok()) {
    is_lost_.store(true, std::memory_order_relaxed);
    static_cast<void>(broken());
  }
  return kept;
}

Status Outbox::push(std::span<const ByteView> pieces, Then then) {
  bool notifies_loop = false;
  Status status;
  {
    base::MutexLock lock(mutex_);
    const bool was_empty = is_drained() || is_holding_;
    has_pushed_ = has_pushed_ || then != Then::kInterim;
    status = is_usable() ? enqueue_or_send(pieces, then) : Status(Code::kDisconnected);
    set_state(then);
    if (observed() != nullptr) {
      on_pushed(pieces, then);
    }
    notifies_loop = loop_has_work(was_empty);
    if (status.is_ok() && then == Then::kMore && !notifies_loop) {
      return wait_below_mark();
    }
  }
  if (notifies_loop) {
    waker_->enqueue(*this);
  }
  if (status.is_ok() && then == Then::kMore) {
    base::MutexLock lock(mutex_);
    return wait_below_mark();
  }
  return status;
}

Status Outbox::push_file(app::FilePart part) {
  bool notifies_loop = false;
  Status kept;
  {
    base::MutexLock lock(mutex_);
    if (!is_usable()) {
      return Code::kDisconnected;
    }
    const bool was_empty = is_drained() || is_holding_;
    const std::uint64_t size = part.size;
    kept = keep([&](SendQueue& queue) { return queue.add_file(std::move(part)); });
    if (observed() != nullptr && kept.is_ok()) {
      observed()->add(size, false);
    }
    is_holding_ = is_holding_ || was_empty;
    if (kept.is_ok() && !send_held()) {
      static_cast<void>(broken());
    }
    notifies_loop = loop_has_work(was_empty);
  }
  if (notifies_loop) {
    waker_->enqueue(*this);
  }
  return kept;
}

Status Outbox::detach(base::UniqueFd& fd, std::string& ahead) {
  {
    base::MutexLock lock(mutex_);
    if (!is_usable()) {
      return Code::kDisconnected;
    }
    std::uint64_t taken = 0;
    if (send_backlog(taken) != Sent::kAll) {
      return {Code::kState, "earlier answers still wait for the client"};
    }
    if (Status duplicated = transport_->duplicate(fd); !duplicated.is_ok()) {
      return duplicated;
    }
    ahead = ahead_view_.empty() ? std::move(ahead_) : std::string(ahead_view_);
    ahead_.clear();
    ahead.erase(0, end_pipelined().taken_bytes);
    state_ = AnswerState::kDetached;
    if (observed() != nullptr) {
      observed()->detach();
    }
  }
  waker_->enqueue(*this);
  return {};
}

// What the loop's own thread writes is held until the application has returned: the last piece and
// the end of an answer leave together, and so do the answers of a corked turn, and those of
// pipelined requests that one thread answers. But nothing is held that memory is missing for, or
// that is to be on its way.
bool Outbox::hold(std::span<const ByteView> pieces, std::size_t size, Then then) noexcept {
  constexpr std::size_t kMaxHeld = 16 * 1024;
  constexpr std::size_t kMaxCorked = 64 * 1024;
  const bool is_end = then == Then::kKeepOpen || then == Then::kClose;
  const bool is_loop = loop_will_look_ && waker_->is_loop_thread();
  const bool joins = is_loop ? then == Then::kMore || (is_end && (is_holding_ || is_corked_))
                             : is_end && is_pipelined();
  const std::size_t max = is_corked_ || is_pipelined() ? kMaxCorked : kMaxHeld;
  if (!joins || !(is_holding_ || is_drained()) || waiting_bytes() + size > max) {
    return false;
  }
  std::unique_ptr<Backlog>* const backlog = &backlog_;  // clang sees no lock in a lambda
  const bool has_queue = backlog_ != nullptr || base::guarded([&]() -> Status {
                                                  static_cast<void>(queue_in(*backlog));
                                                  return {};
                                                }).is_ok();
  if (size > 0 && (!has_queue || !backlog_->queue.add_to_memory(pieces))) {
    return false;
  }
  is_holding_ = is_holding_ || size > 0;
  return true;
}

// What is held waits for no client. False when that has gone.
bool Outbox::send_held() noexcept {
  std::uint64_t taken = 0;
  return !std::exchange(is_holding_, false) || send_backlog(taken) != Sent::kBroken;
}

// Sends at once what the socket takes, unless something waits already; keeps the rest.
Status Outbox::enqueue_or_send(std::span<const ByteView> pieces, Then then) {
  const std::size_t total = size_of(pieces);
  if (hold(pieces, total, then)) {
    return {};
  }
  if (!send_held()) {
    return broken();
  }
  if (!is_drained()) {
    return enqueue(pieces, 0);
  }
  if (total == 0) {
    return {};
  }
  const std::int64_t sent = transport_->send(pieces);
  if (sent == static_cast<std::int64_t>(total)) {
    return {};
  }
  if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
    return broken();
  }
  return enqueue(pieces, sent < 0 ? 0 : static_cast<std::size_t>(sent));
}

Status Outbox::enqueue(std::span<const ByteView> pieces, std::size_t skip) {
  return keep([&](SendQueue& queue) -> Status { return queue.add(pieces, skip); });
}

Status Outbox::broken() noexcept {
  is_broken_ = true;
  peer_state_.store(PeerState::kDisconnected, std::memory_order_relaxed);
  signal();
  on_cut(app::Cause::kClientGone);
  drop_backlog();
  return Code::kDisconnected;
}

void Outbox::set_state(Then then) noexcept {
  if (is_taken_over_) {
    return;
  }
  switch (then) {
    case Then::kMore:
    case Then::kMoreNow:
    case Then::kInterim:
      return;
    case Then::kKeepOpen:
      state_ = AnswerState::kKeepOpen;
      return;
    case Then::kClose:
      state_ = AnswerState::kClose;
      return;
    case Then::kCut:
      state_ = AnswerState::kCut;
      return;
  }
}

base::Ref<app::Exchange> Outbox::take_pipelined(bool wanted) noexcept {
  base::Ref<app::Exchange> next;
  {
    base::MutexLock lock(mutex_);
    if (!is_pipelined()) {
      return next;
    }
    if (wanted && state_ == AnswerState::kKeepOpen && is_usable() &&
        requests_behind()->left() > 0) {
      begin_pipelined(next);
      return next;
    }
    // The loop has it again.
    requests_behind()->take_back();
    if (is_usable() && !send_held()) {
      static_cast<void>(broken());
    }
    if (!loop_has_work(true)) {
      return next;
    }
  }
  waker_->enqueue(*this);
  return next;
}

void Outbox::begin_pipelined(base::Ref<app::Exchange>& exchange) noexcept {
  exchange = requests_behind()->take();
  exchange->expect_pipelined();
  begin_next();
  if (observed() != nullptr && exchange->seen() != nullptr) {
    observed()->begin(*exchange->seen());  // hand_over_pipelined() has made room
  }
}

bool Outbox::is_usable() const noexcept {
  return transport_ != nullptr && !is_broken_ && !is_taken_over_;
}

// The loop learns of an answer that has ended only when there is something for it to do; it finds
// out on its own when the next request comes.
bool Outbox::loop_has_work(bool was_empty) const noexcept {
  if (loop_will_look_) {
    return false;
  }
  if (is_broken_ || (was_empty && !is_drained() && !is_holding_)) {
    return true;
  }
  if (state_ == AnswerState::kBusy || (state_ == AnswerState::kKeepOpen && is_pipelined())) {
    return false;
  }
  return state_ != AnswerState::kKeepOpen || loop_wants_call_ || !is_drained() ||
         ahead_.size() > pipelined_bytes();
}

Status Outbox::wait_below_mark() {
  if (!has_too_much() || waker_->is_loop_thread()) {
    return {};
  }
  ++waiters_;
  while (is_usable() && has_too_much()) {
    backlog_->drained.wait(mutex_);
  }
  --waiters_;
  return is_usable() ? Status() : Status(Code::kDisconnected);
}

}  // namespace wserve::net
