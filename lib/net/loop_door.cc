// The bell (an eventfd) and the line of outboxes that rang it.
#include "net/loop_door.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/outbox.h"

namespace wserve::net {

base::Ref<LoopDoor> LoopDoor::make() {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  return base::Ref<LoopDoor>(new LoopDoor);
}

base::Status LoopDoor::open() {
  event_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  return event_.is_open() ? base::Status() : base::system_failure("eventfd", errno);
}

void LoopDoor::ring() noexcept {
  const int kept_errno = errno;
  const std::uint64_t one = 1;
  static_cast<void>(::write(event_.get(), &one, sizeof one));  // full is as good as written
  errno = kept_errno;
}

void LoopDoor::call(Outbox& outbox) noexcept {
  {
    base::MutexLock lock(mutex_);
    if (is_closed_ || outbox.is_calling_) {
      return;
    }
    outbox.is_calling_ = true;
    outbox.next_caller_ = nullptr;
    outbox.retain();
    const bool is_first = first_ == nullptr;
    (is_first ? first_ : last_->next_caller_) = &outbox;
    last_ = &outbox;
    if (!is_first) {
      return;  // whoever came first has rung
    }
  }
  ring();
}

bool LoopDoor::bring(base::UniqueFd& socket, const gateway::Endpoint& endpoint) {
  {
    base::MutexLock lock(mutex_);
    if (is_closed_) {
      return false;
    }
    Arrival& arrival = arrivals_.emplace_back();
    arrival.endpoint = endpoint;
    arrival.socket = std::move(socket);
  }
  ring();
  return true;
}

std::vector<Arrival> LoopDoor::take_arrivals() noexcept {
  base::MutexLock lock(mutex_);
  return std::exchange(arrivals_, {});
}

void LoopDoor::answer() noexcept {
  std::uint64_t count = 0;
  static_cast<void>(::read(event_.get(), &count, sizeof count));
}

base::Ref<Outbox> LoopDoor::next_caller() noexcept {
  base::MutexLock lock(mutex_);
  Outbox* caller = first_;
  if (caller != nullptr) {
    first_ = caller->next_caller_;
    last_ = first_ != nullptr ? last_ : nullptr;
    caller->is_calling_ = false;
  }
  return base::Ref<Outbox>::adopt(caller);
}

void LoopDoor::close() noexcept {
  {
    base::MutexLock lock(mutex_);
    is_closed_ = true;
  }
  while (next_caller()) {
  }
}

}  // namespace wserve::net
