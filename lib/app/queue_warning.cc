// The text of the queue-depth warning, and how often it may come.
#include "app/queue_warning.h"

#include "base/guard.h"
#include "base/text.h"

namespace wserve::app {

namespace {

constexpr std::chrono::seconds kAtMostEvery{10};

}  // namespace

void QueueWarning::on_depth(std::size_t depth) noexcept {
  const base::Millis now = clock_.now();
  base::Millis silent_until = silent_until_.load();
  if (now < silent_until ||
      !silent_until_.compare_exchange_strong(silent_until, now + kAtMostEvery)) {
    return;
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    log_.write(base::Severity::kWarning,
               base::concat("Task queue depth is ", depth, ": all ", threads_,
                            " threads are busy; set \"threads\" higher or answer faster"));
    return {};
  }));
}

}  // namespace wserve::app
