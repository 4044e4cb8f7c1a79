// Runs the application on the loop thread itself: threads = 0.
#pragma once

#include <exception>

#include "app/dispatcher.h"
#include "base/log.h"

namespace wserve::app {

class InlineDispatcher final : public Dispatcher {
 public:
  InlineDispatcher(Application& application, base::Log& log) noexcept
      : application_(application), log_(log) {}

  // Nothing ever waits.
  void set_queue_limits(const QueueLimits& /*limits*/) noexcept override {}
  void tick(base::Millis /*now*/) noexcept override {}

  void submit(base::Ref<Exchange> exchange) noexcept override {
    try {
      exchange->run(application_);
    } catch (...) {
      // No exception gets here but the end of a thread (pthread_exit), which unwinds what the
      // application was called from. The event loop is C, and nobody can turn it further.
      log_.write(base::Severity::kError,
                 "the application has ended the thread of the event loop (threads=0): the process "
                 "cannot go on");
      std::terminate();
    }
  }
  [[nodiscard]] std::size_t waiting() const noexcept override { return 0; }
  [[nodiscard]] base::Millis behind_for() const noexcept override { return base::Millis(0); }
  [[nodiscard]] Workers workers() const noexcept override { return {}; }

 private:
  Application& application_;
  base::Log& log_;
};

}  // namespace wserve::app
