// Looking a few times a second.
#include "server/watchdog.h"

#include <algorithm>
#include <utility>

#include "base/awake_time.h"
#include "base/guard.h"
#include "base/text.h"
#include "server/thread_stack.h"

namespace wserve::server {

using base::Millis;

namespace {

constexpr Millis kShortestPause{10};
constexpr Millis kMaxPause{250};

}  // namespace

void Watchdog::run() noexcept {
  while (wait()) {
    static_cast<void>(base::guarded([&]() -> base::Status {
      check();
      return {};
    }));
  }
}

void Watchdog::end() noexcept {
  base::MutexLock lock(mutex_);
  is_over_ = true;
  changed_.notify_all();
}

bool Watchdog::wait() noexcept {
  base::MutexLock lock(mutex_);
  if (!is_over_) {
    changed_.wait_for(mutex_, std::clamp(requests_.limit() / 4, kShortestPause, kMaxPause));
  }
  return !is_over_;
}

void Watchdog::check() {
  const Millis now = clock_.now();
  for (const Slow& slow : requests_.take_slow(now)) {
    say(slow);
  }
  look_at_loops(now);
}

// The stack of a thread that has left the request meanwhile tells of something else.
void Watchdog::say(const Slow& slow) {
  const std::string stack = stacks_.by_signal ? stack_of(slow.thread) : std::string();
  const bool is_of_it = !stack.empty() && requests_.has(slow.number);
  log_.write(base::Severity::kWarning,
             is_of_it ? base::concat(slow.line, "; its stack:\n", stack) : slow.line);
  if (stacks_.others) {
    stacks_.others(slow);
  }
}

// As long as it has been late at every check: one that turns is only busy.
void Watchdog::look_at_loops(Millis now) {
  states_.resize(loops_.size());
  const Millis step = std::min(now - std::exchange(last_look_, now), base::AwakeTime::kMaxStep);
  for (unsigned i = 0; i < states_.size(); ++i) {
    LoopState& state = states_[i];
    if (now <= loops_.due(i)) {
      state = {Millis(0), requests_.limit()};
      continue;
    }
    state.late += step;
    if (state.next_word > Millis(0) && state.late >= state.next_word) {
      log_.write(base::Severity::kWarning,
                 base::concat("event loop ", i, " has not turned for ",
                              app::seconds_text(state.late), ": something keeps its thread"));
      state.next_word = app::next_word_behind(state.next_word, state.late);
    }
  }
}

}  // namespace wserve::server
