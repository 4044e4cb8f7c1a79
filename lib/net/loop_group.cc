// Opening, ringing and ending several loops.
#include "net/loop_group.h"

namespace wserve::net {

base::Status LoopGroup::open(unsigned count, const LoopTools& tools) {
  std::vector<std::unique_ptr<Seat>> seats;
  for (unsigned i = 0; i < count; ++i) {
    auto seat = std::make_unique<Seat>();
    seat->loop = std::make_unique<Loop>(tools, seat->tally);
    if (base::Status opened = seat->loop->open(); !opened.is_ok()) {
      return opened;
    }
    seat->door = seat->loop->door();
    seats.push_back(std::move(seat));
  }
  seats_ = std::move(seats);
  left_.store(count);
  is_open_.store(true);
  return {};
}

bool LoopGroup::turn(unsigned index, base::Millis limit) noexcept {
  Seat& seat = *seats_[index];
  return seat.loop && seat.loop->turn(limit);
}

bool LoopGroup::leave(unsigned index) noexcept {
  seats_[index]->loop.reset();
  return left_.fetch_sub(1) == 1;
}

void LoopGroup::ring() noexcept {
  if (is_open_.load()) {
    for (const std::unique_ptr<Seat>& seat : seats_) {
      seat->door->ring();
    }
  }
}

std::uint64_t LoopGroup::requests() const noexcept {
  std::uint64_t all = 0;
  if (is_open_.load()) {
    for (const std::unique_ptr<Seat>& seat : seats_) {
      all += seat->tally.requests.load(std::memory_order_relaxed);
    }
  }
  return all;
}

}  // namespace wserve::net
