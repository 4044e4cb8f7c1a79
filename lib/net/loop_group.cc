// Opening, ringing and ending several loops.
#include "net/loop_group.h"

#include <unistd.h>

#include <algorithm>

namespace wserve::net {

LoopGroup::~LoopGroup() {
  for (const std::unique_ptr<Seat>& seat : seats_) {
    drop(seat->loop);
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
  std::vector<std::unique_ptr<Seat>> seats;
  for (unsigned i = 0; i < count; ++i) {
    auto seat = std::make_unique<Seat>();
    seat->loop = std::make_unique<Loop>(tools, seat->stats);
    if (base::Status opened = seat->loop->open(); !opened.is_ok()) {
      return opened;
    }
    seat->door = seat->loop->door();
    seats.push_back(std::move(seat));
  }
  seats_ = std::move(seats);
  process_ = ::getpid();
  left_.store(count);
  is_open_.store(true);
  return {};
}

bool LoopGroup::turn(unsigned index, base::Millis limit) noexcept {
  Seat& seat = *seats_[index];
  return seat.loop && seat.loop->turn(limit);
}

bool LoopGroup::leave(unsigned index) noexcept {
  seats_[index]->stats.due_ms.store(LoopStats::kNever, std::memory_order_relaxed);
  drop(seats_[index]->loop);
  return left_.fetch_sub(1) == 1;
}

bool LoopGroup::bring(base::UniqueFd& socket, const gateway::Endpoint& endpoint) {
  if (!is_open_.load()) {
    return false;
  }
  const std::size_t first = brought_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    if (seats_[(first + i) % seats_.size()]->door->bring(socket, endpoint)) {
      return true;
    }
  }
  return false;
}

void LoopGroup::ring() noexcept {
  if (is_open_.load()) {
    for (const std::unique_ptr<Seat>& seat : seats_) {
      seat->door->ring();
    }
  }
}

std::size_t LoopGroup::waiting(Waiting kind) const noexcept {
  std::size_t all = 0;
  if (is_open_.load()) {
    for (const std::unique_ptr<Seat>& seat : seats_) {
      all += seat->stats.waiting[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
    }
  }
  return all;
}

base::Millis LoopGroup::delay() const noexcept {
  std::int64_t longest = 0;
  if (is_open_.load()) {
    for (const std::unique_ptr<Seat>& seat : seats_) {
      longest = std::max(longest, seat->stats.delay_ms.load(std::memory_order_relaxed));
    }
  }
  return base::Millis(longest);
}

std::uint64_t LoopGroup::requests() const noexcept {
  std::uint64_t all = 0;
  if (is_open_.load()) {
    for (const std::unique_ptr<Seat>& seat : seats_) {
      all += seat->stats.requests.load(std::memory_order_relaxed);
    }
  }
  return all;
}

}  // namespace wserve::net
