// Which answer has been sent to its end, by counting bytes.
#include "net/connection/observed_answers.h"

#include <algorithm>
#include <utility>

namespace wserve::net {

using app::Cause;
using app::Moment;

void ObservedAnswers::begin(base::Ref<app::Observation> seen) {
  if (current_.get() != seen.get()) {
    complete_.reserve(complete_.size() + 1);
    current_ = std::move(seen);
    begin_ = added_;
  }
}

void ObservedAnswers::add(std::uint64_t bytes, bool is_interim) noexcept {
  added_ += bytes;
  if (!current_) {
    return;
  }
  if (is_interim) {
    current_->add_interim(static_cast<std::size_t>(bytes));
  } else {
    current_->begin_answer();
  }
}

void ObservedAnswers::finish() noexcept {
  if (current_) {
    complete_.push_back({std::exchange(current_, {}), begin_, added_});
  }
}

void ObservedAnswers::replace(int status, base::ByteView page, Cause cause) noexcept {
  if (!current_) {
    return;
  }
  if (page.empty()) {
    current_->set_cause(cause);
  } else {
    current_->propose_page(status, page, cause);
    add(page.size(), false);
  }
  finish();
}

void ObservedAnswers::detach() noexcept {
  settle(0);
  if (current_) {
    std::exchange(current_, {})->end(Cause::kDetached, added_ - begin_);
  }
}

void ObservedAnswers::settle(std::uint64_t waiting) noexcept {
  const std::uint64_t sent = added_ - std::min(added_, waiting);
  const auto first_left = std::find_if(complete_.begin(), complete_.end(),
                                       [&](const Complete& one) { return one.end > sent; });
  for (auto one = complete_.begin(); one != first_left; ++one) {
    one->seen->reach(Moment::kLastByte);
    one->seen->end(Cause::kAnswered, one->end - one->begin);
  }
  complete_.erase(complete_.begin(), first_left);
}

void ObservedAnswers::drop(Cause cause, std::uint64_t waiting) noexcept {
  settle(waiting);
  const std::uint64_t sent = added_ - std::min(added_, waiting);
  finish();
  for (const Complete& one : complete_) {
    one.seen->end(cause, sent - std::min(sent, one.begin));
  }
  complete_.clear();
}

}  // namespace wserve::net
