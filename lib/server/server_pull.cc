// Workers that pull: they wait for requests, or turn the loop themselves meanwhile.
#include <chrono>
#include <memory>

#include "base/thread.h"
#include "base/time_limit.h"
#include "server/server.h"

namespace wserve::server {

using base::Code;
using base::Status;
using std::chrono::milliseconds;

namespace {

// How long a worker that turns the loop stays in it without a request: a signal that its language
// wants to handle waits no longer.
constexpr milliseconds kMaxTurn{250};

}  // namespace

Status Server::join_worker(app::Consumer& consumer) {
  if (!is_pulled()) {
    return {Code::kState, "the server has an application; workers pull only from one without"};
  }
  pulled_.join(consumer);
  return {};
}

bool Server::is_turned_by_worker() const noexcept {
  return state_ < State::kRunning ? options_.settings().threads == 0 : turned_ == Turned::kByWorker;
}

void Server::watch(app::Consumer& consumer) noexcept {
  if (consumer.watch()) {
    pulled_.arm(consumer);
  }
}

Status Server::next(app::Consumer& consumer, milliseconds limit,
                    base::Ref<app::Exchange>& exchange) {
  if (is_in_child()) {
    return {Code::kState, "the server belongs to the process that started it"};
  }
  return turned_ == Turned::kByWorker ? next_by_turning(consumer, limit, exchange)
                                      : Status(take(consumer, limit, exchange));
}

// Filters see each request before it is handed out, and defer those that shall be.
Code Server::take(app::Consumer& consumer, milliseconds limit, base::Ref<app::Exchange>& exchange) {
  const base::TimeLimit until(limit);
  for (;;) {
    if (const Code taken = pulled_.next(consumer, until, exchange); taken != Code::kOk) {
      return taken;
    }
    exchange->run(pipeline_);
    if (exchange->is_handed_on()) {
      return Code::kOk;
    }
    exchange.reset();
  }
}

// A second worker, or a call out of a filter, must not turn the loop under the first one's feet.
Status Server::next_by_turning(app::Consumer& consumer, milliseconds limit,
                               base::Ref<app::Exchange>& exchange) {
  std::thread::id nobody;
  if (!turner_.compare_exchange_strong(nobody, std::this_thread::get_id())) {
    return {Code::kState,
            "with threads=0 one worker turns the event loop, and it is in ws_worker_next()"};
  }
  const auto leave = [this](app::Consumer* turner) {
    turner->set_turning(false);
    turner_.store({});
  };
  const std::unique_ptr<app::Consumer, decltype(leave)> at_the_end(&consumer, leave);
  consumer.set_turning(true);
  return turn_and_take(consumer, limit, exchange);
}

Code Server::turn_and_take(app::Consumer& consumer, milliseconds limit,
                           base::Ref<app::Exchange>& exchange) {
  const bool is_short = limit >= milliseconds(0) && limit <= kMaxTurn;
  const base::TimeLimit turning(is_short ? limit : kMaxTurn);
  for (;;) {
    Code taken = take(consumer, milliseconds(0), exchange);
    if (taken != Code::kTimeout) {
      return taken;
    }
    const milliseconds left = turning.left();
    const bool has_ended = state_ != State::kStopped && !loops_.turn(0, left);
    if (has_ended) {
      leave_loop(0);
    } else if (left == milliseconds(0)) {
      taken = take(consumer, milliseconds(0), exchange);
      return taken == Code::kTimeout && !is_short ? Code::kInterrupted : taken;
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

// A child of the process that runs the server shares the event with it, and its own queue may be
// locked for ever.
void Server::leave_worker(app::Consumer& consumer) noexcept {
  if (!is_in_child()) {
    pulled_.leave(consumer);
  }
}

void Server::wake(app::Consumer& consumer) noexcept {
  if (is_in_child()) {
    return;
  }
  consumer.wake();
  if (turned_ == Turned::kByWorker) {
    loops_.notify();
  }
}

}  // namespace wserve::server
