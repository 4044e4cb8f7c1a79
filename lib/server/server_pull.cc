// Workers that pull: they wait for requests, or turn the loop themselves meanwhile.
#include <algorithm>
#include <chrono>

#include "base/thread.h"
#include "server/server.h"

namespace wserve::server {

using base::Code;
using base::Status;
using std::chrono::milliseconds;

namespace {

// How long a worker that turns the loop stays in it without a request: a signal that its language
// wants to handle waits no longer.
constexpr milliseconds kLongestTurn{250};

}  // namespace

Status Server::join_worker(app::PullSeat& seat) {
  if (!is_pulled()) {
    return {Code::kState, "the server has an application; workers pull only from one without"};
  }
  if (Status opened = seat.open(); !opened.is_ok()) {
    return opened;
  }
  pulled_.join(seat);
  return {};
}

Status Server::next(app::PullSeat& seat, milliseconds limit, base::Ref<app::Exchange>& exchange) {
  return is_turned_by_worker() ? next_by_turning(seat, limit, exchange)
                               : pulled_.next(seat, limit, exchange);
}

// A second worker, or a call out of a filter, must not turn the loop under the first one's feet.
Status Server::next_by_turning(app::PullSeat& seat, milliseconds limit,
                               base::Ref<app::Exchange>& exchange) {
  if (is_being_turned_.exchange(true)) {
    return {Code::kState,
            "with threads=0 one worker turns the event loop, and it is in ws_worker_next()"};
  }
  const auto leave = [](std::atomic<bool>* flag) { flag->store(false); };
  const std::unique_ptr<std::atomic<bool>, decltype(leave)> at_the_end(&is_being_turned_, leave);
  return turn_and_take(seat, limit, exchange);
}

Status Server::turn_and_take(app::PullSeat& seat, milliseconds limit,
                             base::Ref<app::Exchange>& exchange) {
  using Clock = std::chrono::steady_clock;
  const bool is_short = limit >= milliseconds(0) && limit <= kLongestTurn;
  const auto until = Clock::now() + (is_short ? limit : kLongestTurn);
  for (;;) {
    Status taken = pulled_.next(seat, milliseconds(0), exchange);
    if (taken.code() != Code::kTimeout) {
      return taken;
    }
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    seat.note_turning(true);
    const bool has_ended =
        state_ != State::kStopped && !loops_.turn(0, std::max(left, milliseconds(0)));
    seat.note_turning(false);
    if (has_ended) {
      leave_loop(0);
    } else if (left <= milliseconds(0)) {
      taken = pulled_.next(seat, milliseconds(0), exchange);
      const bool is_early = taken.code() == Code::kTimeout && !is_short;
      return is_early ? Status(Code::kInterrupted) : taken;
    }
  }
}

// On a thread of the library's. A worker that is interrupted for a request that it has no time for
// yet pays for it with two switches of threads.
void Server::turn_loop_for_workers(unsigned index) {
  const bool has_choice = base::has_usual_policy();
  bool may_interrupt = true;
  while (loops_.turn(index, milliseconds(-1))) {
    if (has_choice && pulled_.is_behind() == may_interrupt) {
      may_interrupt = !may_interrupt;
      base::may_interrupt(may_interrupt);
    }
  }
  leave_loop(index);
}

void Server::wake(app::PullSeat& seat) noexcept {
  seat.wake();
  if (is_turned_by_worker()) {
    loops_.ring();
  }
}

}  // namespace wserve::server
