// What an outbox tells those who observe its answers.
#include "net/connection/outbox.h"

namespace wserve::net {

using app::ByteView;
using app::Then;

void Outbox::be_observed(base::Micros accepted) {
  static_cast<void>(queue_in(backlog_));
  backlog_->observed = std::make_unique<ObservedAnswers>(accepted);
}

base::Micros Outbox::observed_since() const noexcept {
  return backlog_->observed->accepted();
}

void Outbox::observe(const base::Ref<app::Observation>& seen) {
  backlog_->observed->begin(seen);
}

// Once nothing of an answer waits here, the client has it, as far as we shall ever know.
void Outbox::on_pushed(std::span<const ByteView> pieces, Then then) noexcept {
  std::uint64_t bytes = 0;
  for (const ByteView piece : pieces) {
    bytes += piece.size();
  }
  if (is_usable() && bytes > 0) {
    observed()->add(bytes, then == Then::kInterim);
  }
  if (state_ != AnswerState::kBusy && then != Then::kInterim) {
    observed()->finish();
    observed()->settle(waiting_bytes());
  }
}

void Outbox::on_cut(app::Cause cause) noexcept {
  if (observed() != nullptr) {
    observed()->drop(is_lost_.load(std::memory_order_relaxed) ? app::Cause::kLost : cause,
                     waiting_bytes());
  }
}

}  // namespace wserve::net
