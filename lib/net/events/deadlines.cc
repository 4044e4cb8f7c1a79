// Circular lists of waiting connections, one for each kind of wait.
#include "net/events/deadlines.h"

namespace wserve::net {

Deadlines::Deadlines() noexcept {
  for (std::size_t kind = 0; kind < lists_.size(); ++kind) {
    DeadlineHook& ring = lists_[kind].ring;
    ring.next_ = ring.previous_ = &ring;
    ring.waiting_ = static_cast<Waiting>(kind);
  }
}

Deadlines::~Deadlines() {
  for (List& list : lists_) {
    while (list.ring.next_ != &list.ring) {
      list.ring.next_->unlink();
    }
  }
}

void Deadlines::set_limit(Waiting kind, base::Millis limit) noexcept {
  list_of(kind).limit = limit;
}

void Deadlines::wait(DeadlineHook& hook, Waiting kind, base::Millis now) noexcept {
  hook.unlink();
  DeadlineHook& ring = list_of(kind).ring;
  hook.since_ = now;
  hook.waiting_ = kind;
  hook.previous_ = ring.previous_;
  hook.next_ = &ring;
  ring.previous_->next_ = &hook;
  ring.previous_ = &hook;
}

DeadlineHook* Deadlines::expired(Waiting kind, base::Millis now) noexcept {
  const List& list = list_of(kind);
  DeadlineHook* hook = first(kind);
  const bool is_due =
      hook != nullptr && list.limit > base::Millis(0) && now - hook->since_ >= list.limit;
  return is_due ? hook : nullptr;
}

std::size_t Deadlines::count(Waiting kind) noexcept {
  std::size_t count = 0;
  for (DeadlineHook* hook = first(kind); hook != nullptr; hook = after(*hook)) {
    ++count;
  }
  return count;
}

DeadlineHook* Deadlines::first(Waiting kind) noexcept {
  return after(list_of(kind).ring);
}

DeadlineHook* Deadlines::after(DeadlineHook& hook) noexcept {
  DeadlineHook* next = hook.next_;
  return next != &list_of(hook.waiting_).ring ? next : nullptr;
}

}  // namespace wserve::net
