// The text of the queue-depth warning, and how often it may come.
#include "app/queue_warning.h"

#include "base/guard.h"
#include "base/text.h"

namespace wserve::app {

namespace {

constexpr std::chrono::seconds kAtMostEvery{10};

}  // namespace

void QueueWarning::note(std::size_t depth) noexcept {
  const base::Millis now = clock_.now();
  if (now < silent_until_) {
    return;
  }
  silent_until_ = now + kAtMostEvery;
  static_cast<void>(base::guarded([&]() -> base::Status {
    log_.write(base::Severity::kWarning,
               base::concat("Task queue depth is ", depth, ": all ", threads_,
                            " threads are busy; set \"threads\" higher or answer faster"));
    return {};
  }));
}

}  // namespace wserve::app
