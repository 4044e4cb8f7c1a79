// Opening, waking and ending several loops.
#include "net/loop_group.h"

#include <unistd.h>

#include <algorithm>

namespace wserve::net {

LoopGroup::~LoopGroup() {
  for (const std::unique_ptr<LoopSlot>& slot : slots_) {
    drop(slot->loop);
  }
}

// A child lets its copy lie: what it closed or took out of epoll's list, it would for its parent.
void LoopGroup::drop(std::unique_ptr<Loop>& loop) const noexcept {
  if (process_ == ::getpid()) {
    loop.reset();
  } else {
    static_cast<void>(loop.release());
  }
}

base::Status LoopGroup::open(unsigned count, const LoopTools& tools) {
  std::vector<std::unique_ptr<LoopSlot>> slots;
  for (unsigned i = 0; i < count; ++i) {
    auto slot = std::make_unique<LoopSlot>();
    slot->loop = std::make_unique<Loop>(tools, slot->stats);
    if (base::Status opened = slot->loop->open(); !opened.is_ok()) {
      return opened;
    }
    slot->waker = slot->loop->waker();
    slots.push_back(std::move(slot));
  }
  if (tools.settings.is_turned_by_host) {
    if (base::Status opened = slots.front()->loop->open_descriptor(descriptor_); !opened.is_ok()) {
      return opened;
    }
  }
  slots_ = std::move(slots);
  process_ = ::getpid();
  left_.store(count);
  is_open_.store(true);
  return {};
}

bool LoopGroup::turn(unsigned index, base::Millis limit) noexcept {
  LoopSlot& slot = *slots_[index];
  return slot.loop && slot.loop->turn(limit);
}

bool LoopGroup::leave(unsigned index) noexcept {
  slots_[index]->stats.due_ms.store(LoopStats::kNever, std::memory_order_relaxed);
  drop(slots_[index]->loop);
  return left_.fetch_sub(1) == 1;
}

bool LoopGroup::bring(base::UniqueFd& socket, const gateway::Endpoint& endpoint) {
  if (!is_open_.load()) {
    return false;
  }
  const std::size_t first = brought_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[(first + i) % slots_.size()]->waker->bring(socket, endpoint)) {
      return true;
    }
  }
  return false;
}

void LoopGroup::notify() noexcept {
  if (is_open_.load()) {
    for (const std::unique_ptr<LoopSlot>& slot : slots_) {
      slot->waker->notify();
    }
  }
}

std::size_t LoopGroup::waiting(Waiting kind) const noexcept {
  std::size_t all = 0;
  if (is_open_.load()) {
    for (const std::unique_ptr<LoopSlot>& slot : slots_) {
      all += slot->stats.waiting[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
    }
  }
  return all;
}

base::Millis LoopGroup::delay() const noexcept {
  std::int64_t longest = 0;
  if (is_open_.load()) {
    for (const std::unique_ptr<LoopSlot>& slot : slots_) {
      longest = std::max(longest, slot->stats.delay_ms.load(std::memory_order_relaxed));
    }
  }
  return base::Millis(longest);
}

std::uint64_t LoopGroup::requests() const noexcept {
  std::uint64_t all = 0;
  if (is_open_.load()) {
    for (const std::unique_ptr<LoopSlot>& slot : slots_) {
      all += slot->stats.requests.load(std::memory_order_relaxed);
    }
  }
  return all;
}

}  // namespace wserve::net
